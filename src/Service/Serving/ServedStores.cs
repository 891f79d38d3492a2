using LlmTelemetry.CostExporter;

namespace LlmTelemetry.Service;

/// <summary>The stores behind a <see cref="ServedLedger"/>; <see cref="LedgerService"/> opens and closes them.</summary>
/// <param name="Spend">The ledger.</param>
/// <param name="Records">Records of single calls; null where none are kept.</param>
internal sealed record ServedStores(ISpendStore Spend, IRecordStore? Records)
{
    public static ServedStores Create(CostExporterOptions options) => new(SpendStores.Create(options, options.ToStoreSettings()), RecordStores.Create(options));
}
