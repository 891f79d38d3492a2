using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;

namespace LlmTelemetry.CostExporter;

/// <summary>What the options say of a journal, put to work.</summary>
/// <param name="Own">The exporter's own journal.</param>
/// <param name="Options">The options.</param>
/// <param name="Store">Tells journals of different stores apart.</param>
/// <param name="Health">Told what goes wrong.</param>
internal sealed record JournalSetting(SpendJournal Own, CostExporterOptions Options, Guid Store, JournalHealth Health)
{
    /// <summary>Null: no journal.</summary>
    /// <exception cref="ArgumentException">The folder cannot be used.</exception>
    public static JournalSetting? Open(CostExporterOptions options, ILogger logger)
    {
        if (options.Journal is not { } parent)
        {
            return null;
        }

        var store = IdOf(options);
        var folder = JournalFolder.Create(parent, Guid.NewGuid().ToString("N"), store);
        var health = new JournalHealth(logger, folder.Path);
        return new JournalSetting(new SpendJournal(folder, store, options.JournalMaxBytes, options.TimeProvider, health), options, store, health);
    }

    public JournalReplay ReplayInto(ISpendStore store) => new(Options.Journal!, Store, store.NumbersKept, Options.TimeProvider, Health);

    // Without the password: that may change.
    private static Guid IdOf(CostExporterOptions options) =>
        new(SHA256.HashData(Encoding.UTF8.GetBytes($"{options.Place}\n{options.KeyPrefix}")).AsSpan(0, 16));
}
