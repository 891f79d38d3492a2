namespace LlmTelemetry.CostExporter;

/// <summary>
/// Records in a file, a line each, which several processes may write. Reading walks the files once for each page and holds no more than the page.
/// </summary>
internal sealed class RecordFileStore(RecordFiles files, RecordFileLock gate, RecordLines format) : IRecordStore
{
    private readonly SemaphoreSlim _mine = new(1);

    // Used only by who holds _mine and the lock.
    private readonly RecordFileIds _ids = new(files, format);

    public Task OpenAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task<int> WriteAsync(IReadOnlyList<UsageRecord> records, CancellationToken cancellationToken) => AloneAsync(
        async () =>
        {
            await _ids.CatchUpAsync(all: false, cancellationToken).ConfigureAwait(false);
            UsageRecord[] fresh = [.. records.DistinctBy(record => record.Id).Where(record => !_ids.Contains(record.Id))];
            files.Append(Array.ConvertAll(fresh, format.Write), format);
            return fresh.Length;
        },
        cancellationToken);

    public Task<IReadOnlySet<Guid>> FindAsync(IReadOnlyList<Guid> ids, CancellationToken cancellationToken) => AloneAsync<IReadOnlySet<Guid>>(
        async () =>
        {
            await _ids.CatchUpAsync(all: true, cancellationToken).ConfigureAwait(false);
            return ids.Where(_ids.Contains).ToHashSet();
        },
        cancellationToken);

    public async Task<UsageRecord?> GetAsync(Guid id, CancellationToken cancellationToken)
    {
        var streams = await OpenAllAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            foreach (var stream in streams)
            {
                var lines = new ByteLines(stream);
                while (await lines.NextAsync(cancellationToken).ConfigureAwait(false) is { } line)
                {
                    if (!(format.Peek(line.Span) is { } seen && seen.Id != id) && format.TryRead(line) is { } record && record.Id == id)
                    {
                        return record;
                    }
                }
            }

            return null;
        }
        finally
        {
            streams.ForEach(stream => stream.Dispose());
        }
    }

    public async Task<UsageRecordPage> ReadAsync(UsageRecordQuery query, CancellationToken cancellationToken)
    {
        var scan = new RecordScan(query);
        var streams = await OpenAllAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var best = new SortedDictionary<RecordKey, UsageRecord>(scan.Order);
            foreach (var stream in streams)
            {
                await CollectAsync(stream, scan, best, cancellationToken).ConfigureAwait(false);
            }

            foreach (var record in best.Values)
            {
                scan.Take(record);
            }

            return scan.ToPage();
        }
        finally
        {
            streams.ForEach(stream => stream.Dispose());
        }
    }

    public Task<long> EraseUserAsync(string user, CancellationToken cancellationToken) => RemoveAsync(record => record.Attribution.User == user, cancellationToken);

    public Task<long> PruneAsync(DateTimeOffset? before, CancellationToken cancellationToken) => RemoveAsync(record => before is null || record.EndedAt < before, cancellationToken);

    public ValueTask DisposeAsync()
    {
        _mine.Dispose();
        return ValueTask.CompletedTask;
    }

    // All at once and under the lock, so that none is renamed into another's place in between.
    private async Task<List<FileStream>> OpenAllAsync(CancellationToken cancellationToken)
    {
        if (files.Existing.Count == 0)
        {
            return [];
        }

        using var held = await gate.TryTakeAsync(cancellationToken).ConfigureAwait(false);
        return [.. files.Existing.Select(RecordFiles.OpenToRead)];
    }

    private async Task CollectAsync(FileStream stream, RecordScan scan, SortedDictionary<RecordKey, UsageRecord> best, CancellationToken cancellationToken)
    {
        var lines = new ByteLines(stream);
        RecordKey? last = null;
        while (await lines.NextAsync(cancellationToken).ConfigureAwait(false) is { } line)
        {
            if (format.Peek(line.Span) is { } seen && (!scan.IsInRange(seen) || (last is { } worst && scan.Order.Compare(seen, worst) >= 0)))
            {
                continue;
            }

            if (format.TryRead(line) is not { } record || !scan.IsInRange(RecordKey.Of(record)) || !scan.Matches(record))
            {
                continue;
            }

            best[RecordKey.Of(record)] = record;
            if (best.Count > scan.Wanted)
            {
                best.Remove(best.Keys.Last());
            }

            last = best.Count == scan.Wanted ? best.Keys.Last() : null;
        }
    }

    private Task<long> RemoveAsync(Predicate<UsageRecord> which, CancellationToken cancellationToken) => AloneAsync(
        async () =>
        {
            long removed = 0;
            foreach (var file in files.Existing)
            {
                removed += await RemoveAsync(file, which, cancellationToken).ConfigureAwait(false);
            }

            _ids.Forget();
            return removed;
        },
        cancellationToken);

    // What cannot be read is not kept either: who can tell whose it is.
    private async Task<long> RemoveAsync(string file, Predicate<UsageRecord> which, CancellationToken cancellationToken)
    {
        long removed = 0;
        using (var stream = RecordFiles.OpenToRead(file))
        {
            var lines = new ByteLines(stream);
            while (await lines.NextAsync(cancellationToken).ConfigureAwait(false) is { } line)
            {
                removed += format.TryRead(line) is { } record && which(record) ? 1 : 0;
            }
        }

        if (removed > 0)
        {
            await files.ReplaceAsync(file, line => format.TryRead(line) is { } record && !which(record), cancellationToken).ConfigureAwait(false);
        }

        return removed;
    }

    private async Task<T> AloneAsync<T>(Func<Task<T>> work, CancellationToken cancellationToken)
    {
        await _mine.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            using var held = await gate.TakeAsync(cancellationToken).ConfigureAwait(false);
            return await work().ConfigureAwait(false);
        }
        finally
        {
            _mine.Release();
        }
    }
}
