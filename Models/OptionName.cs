namespace WrnEngine.Models;

/// <summary>The names that people type for the values of an enumeration: <c>IdentityPad</c> is <c>identity-pad</c>.</summary>
public static class OptionName
{
    /// <summary>Every name of a type.</summary>
    public static IReadOnlyList<string> All<T>() where T : struct, Enum => [.. Enum.GetValues<T>().Select(v => Of(v))];

    /// <summary>The name of a value: words in lower case, joined by dashes.</summary>
    public static string Of<T>(T value) where T : struct, Enum =>
        string.Concat(value.ToString().Select((c, i) => i > 0 && char.IsUpper(c) ? $"-{char.ToLowerInvariant(c)}" : $"{char.ToLowerInvariant(c)}"));

    /// <summary>The value of a name; null when there is none of that name.</summary>
    public static T? Find<T>(string name) where T : struct, Enum => Enum.GetValues<T>().Cast<T?>().FirstOrDefault(v => Of(v!.Value) == name);
}
