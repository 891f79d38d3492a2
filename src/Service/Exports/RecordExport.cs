using System.Runtime.CompilerServices;
using LlmTelemetry.CostExporter;

namespace LlmTelemetry.Service;

/// <summary>Records as rows of an export: each as the line that docs/records.md describes, which <c>import</c> reads.</summary>
internal static class RecordExport
{
    public static ExportRows Of(IAsyncEnumerable<UsageRecord> records) => new(RecordFields.All, LinesAsync(records));

    private static async IAsyncEnumerable<ReadOnlyMemory<byte>> LinesAsync(IAsyncEnumerable<UsageRecord> records, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (var record in records.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            yield return UsageRecordJson.Line(record);
        }
    }
}
