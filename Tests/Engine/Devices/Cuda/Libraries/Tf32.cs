namespace WrnEngine.Tests.Engine.Devices.Cuda.Libraries;

/// <summary>The 10 bits of mantissa that tensor cores keep of a float32 factor.</summary>
internal static class Tf32
{
    /// <summary>To nearest, ties away from zero.</summary>
    public static double Round(double value) => BitConverter.UInt32BitsToSingle((BitConverter.SingleToUInt32Bits((float)value) + 0x1000) & 0xffffe000);
}
