namespace LlmTelemetry.CostExporter;

/// <summary>The .lua and .sql files of this folder, which the assembly carries.</summary>
internal static class StoreScript
{
    /// <summary>A script that adds packed rows: what it shares with the others stands in front.</summary>
    public static string ReadAdding(string file) => Read("measures.lua") + Read(file);

    /// <summary>A script that books rows: the same, and how rows are added, stand in front.</summary>
    public static string ReadBooking(string file) => ReadAdding("rows.lua") + Read(file);

    public static string Read(string file)
    {
        using var stream = typeof(StoreScript).Assembly.GetManifestResourceStream($"LlmTelemetry.CostExporter.Storage.{file}")
            ?? throw new InvalidOperationException($"The assembly does not carry {file}.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
