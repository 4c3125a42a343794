Console.WriteLine("wrn");
