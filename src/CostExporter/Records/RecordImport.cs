using System.Runtime.CompilerServices;

namespace LlmTelemetry.CostExporter;

/// <summary>Brings lines of records from elsewhere into a store, and, where asked, into the ledger's sums: each record once, however often it comes.</summary>
internal sealed class RecordImport(IRecordStore store, RecordBooking? booking)
{
    private const int RecordsAtOnce = 500;

    /// <exception cref="FormatException">A line is no record; the message says which, and why.</exception>
    public async Task<ImportResult> RunAsync(Stream lines, CancellationToken cancellationToken)
    {
        if (lines.CanSeek)
        {
            // Looked through first: where a line is wrong, nothing is changed.
            var start = lines.Position;
            await foreach (var _ in ReadAsync(lines, cancellationToken).ConfigureAwait(false))
            {
            }

            lines.Position = start;
        }

        var sum = new ImportResult(0, 0, 0, 0);
        await foreach (var some in ChunksAsync(lines, cancellationToken).ConfigureAwait(false))
        {
            sum = await AddAsync(some, sum, cancellationToken).ConfigureAwait(false);
        }

        return sum;
    }

    private async Task<ImportResult> AddAsync(List<UsageRecord> records, ImportResult sum, CancellationToken cancellationToken)
    {
        UsageRecord[] distinct = [.. records.DistinctBy(record => record.Id)];
        var known = await store.FindAsync([.. distinct.Select(record => record.Id)], cancellationToken).ConfigureAwait(false);
        UsageRecord[] fresh = [.. distinct.Where(record => !known.Contains(record.Id))];
        if (fresh.Length == 0)
        {
            return sum with { Read = sum.Read + records.Count };
        }

        // Booked first, which happens once for each id: an import that ends between the two is right when it is run again.
        var (booked, expired) = booking is null ? (0, 0) : await booking.BookAsync(fresh, cancellationToken).ConfigureAwait(false);
        var added = await store.WriteAsync(fresh, cancellationToken).ConfigureAwait(false);
        return new ImportResult(sum.Read + records.Count, sum.Added + added, sum.Booked + booked, sum.Expired + expired);
    }

    private static async IAsyncEnumerable<List<UsageRecord>> ChunksAsync(Stream stream, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var some = new List<UsageRecord>(RecordsAtOnce);
        await foreach (var record in ReadAsync(stream, cancellationToken).ConfigureAwait(false))
        {
            some.Add(record);
            if (some.Count == RecordsAtOnce)
            {
                yield return some;
                some.Clear();
            }
        }

        if (some.Count > 0)
        {
            yield return some;
        }
    }

    private static async IAsyncEnumerable<UsageRecord> ReadAsync(Stream stream, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var lines = new ByteLines(stream);
        for (long number = 1; await lines.NextAsync(cancellationToken).ConfigureAwait(false) is { } line; number++)
        {
            if (lines.IsTooLong)
            {
                throw new FormatException($"Line {number} is no record: it is longer than a megabyte.");
            }

            line = number == 1 && line.Span.StartsWith("\uFEFF"u8) ? line[3..] : line;
            if (!line.Span.ContainsAnyExcept(" \t"u8))
            {
                continue;
            }

            UsageRecord record;
            try
            {
                record = UsageRecordReader.Read(line).Cleaned();
            }
            catch (FormatException cause)
            {
                throw new FormatException($"Line {number} is no record: {cause.Message}", cause);
            }

            yield return record;
        }
    }
}
