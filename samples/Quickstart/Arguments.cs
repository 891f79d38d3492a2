using LlmTelemetry.CostExporter;

namespace LlmTelemetry.Quickstart;

/// <summary>What the command line says.</summary>
/// <param name="Store">Where the spend is kept, as the exporter takes it: it may hold a password.</param>
/// <param name="Address">The same, safe to print.</param>
/// <param name="Help">Whether only the usage is asked for.</param>
internal sealed record Arguments(string Store, StoreAddress Address, bool Help)
{
    public const string Usage = "dotnet run --project samples/Quickstart [-- --store sqlite:FILE | redis:HOST:PORT]";

    private const string DefaultStore = "sqlite:llmtelemetry.db";

    /// <exception cref="FormatException">The arguments are wrong; the message says how, in one line.</exception>
    public static Arguments Parse(IReadOnlyList<string> args)
    {
        var store = DefaultStore;
        for (var i = 0; i < args.Count; i++)
        {
            if (args[i] is "--help" or "-h" or "-?")
            {
                return new(store, StoreAddress.Parse(DefaultStore), Help: true);
            }

            var (name, value) = args[i].Split('=', 2) is [var left, var right] ? (left, right) : (args[i], null);
            if (name != "--store")
            {
                throw new FormatException($"Unknown argument '{args[i]}'.");
            }

            store = value ?? (++i < args.Count ? args[i] : throw new FormatException("--store needs an address."));
        }

        return new(store, StoreAddress.Parse(store), Help: false);
    }
}
