using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace LlmTelemetry.CostExporter;

/// <summary>
/// Writes a correction as any increments are written, in numbered batches, where nobody sees it; then puts it in force in one step. Stopped anywhere
/// before that, nothing has changed; run again, the same correction has the same id, and counts once.
/// </summary>
internal static class CorrectionWriter
{
    private const string Instance = "correction-";
    private const int IdBytes = 8;

    /// <summary>Of what the correction is and of the day it is made on: numbers of batches are not remembered for ever.</summary>
    public static string IdOf(DateOnly madeOn, IEnumerable<(SpendSlot Slot, SpendMeasures Correction)> rows)
    {
        var text = new StringBuilder(OutlookJson.Day(madeOn));
        foreach (var (slot, correction) in Sorted(rows))
        {
            text.Append(CultureInfo.InvariantCulture, $"\n{slot.Hour} {slot.Day.DayNumber} {TextOf(slot.Key)}");
            for (var i = 0; i < correction.Count; i++)
            {
                var (measure, amount) = correction.At(i);
                text.Append(CultureInfo.InvariantCulture, $" {measure}:{amount}");
            }
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())).AsSpan(0, IdBytes));
    }

    /// <param name="store">A store that is open to write.</param>
    /// <param name="correction">What it is.</param>
    /// <param name="rows">What it changes.</param>
    /// <param name="basis">The ids of the corrections that were in force when the rows were made.</param>
    /// <param name="cancellationToken">Gives up; nothing is in force then.</param>
    /// <returns>False: it was in force already.</returns>
    /// <exception cref="InvalidOperationException">Others are in force by now: the rows are wrong on top of them.</exception>
    public static async Task<bool> ApplyAsync(
        ISpendStore store, SpendCorrection correction, IReadOnlyList<(SpendSlot Slot, SpendMeasures Correction)> rows, IReadOnlyList<string> basis, CancellationToken cancellationToken)
    {
        await WriteAsync(store, correction.Id, rows, cancellationToken).ConfigureAwait(false);
        var inForce = (await store.CorrectionsAsync(cancellationToken).ConfigureAwait(false)).Select(other => other.Id).ToArray();
        return inForce.Contains(correction.Id) ? false
            : inForce.SequenceEqual(basis) ? await store.SetCorrectionAsync(correction, inForce: true, cancellationToken).ConfigureAwait(false)
            : throw new InvalidOperationException("Another correction was put in force or taken back meanwhile. Nothing was changed: run it again.");
    }

    /// <summary>Writes the rows; nothing is in force yet.</summary>
    public static async Task WriteAsync(ISpendStore store, string id, IEnumerable<(SpendSlot Slot, SpendMeasures Correction)> rows, CancellationToken cancellationToken)
    {
        var metric = CorrectedReads.MetricOf(id);
        foreach (var partition in Sorted(rows).Select(row => RowOf(row, metric)).GroupBy(row => store.PartitionOf(row.Key)))
        {
            var number = 0;
            foreach (var some in partition.Chunk(SpendBatch.MaxRows))
            {
                var reply = await store.ApplyAsync(new SpendBatch(Instance + id, partition.Key, ++number, some), cancellationToken).ConfigureAwait(false);
                if (reply.Status == BatchStatus.Gap)
                {
                    throw new IOException("The store lost what was written to it just now. Nothing was changed: run it again.");
                }
            }
        }
    }

    private static SpendRow RowOf((SpendSlot Slot, SpendMeasures Correction) row, string metric)
    {
        var (slot, key) = (row.Slot, row.Slot.Key);
        var more = SpendKeyMore.Of((key.More?.Parts ?? default) with { Metric = metric }, [.. key.More?.Tags ?? []]);
        return new SpendRow(slot.Hour, slot.Day, key with { More = more }, row.Correction);
    }

    // The same rows are the same batches, whenever they are made.
    private static IOrderedEnumerable<(SpendSlot Slot, SpendMeasures Correction)> Sorted(IEnumerable<(SpendSlot Slot, SpendMeasures Correction)> rows) =>
        rows.OrderBy(row => row.Slot.Day).ThenBy(row => row.Slot.Hour).ThenBy(row => TextOf(row.Slot.Key), StringComparer.Ordinal);

    private static string TextOf(in SpendKey key) => SpendKeyText.JoinHour([key.Provider, key.Model, key.User, key.Tenant, key.Feature], key.More, day: null);
}
