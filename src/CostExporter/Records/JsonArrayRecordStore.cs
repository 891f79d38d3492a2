using System.Text.Json;

namespace LlmTelemetry.CostExporter;

/// <summary>
/// The latest records as one JSON array. They are in memory while the exporter runs; at its end they are put beside those that are in the file. Erasing
/// changes the file at once.
/// </summary>
internal sealed class JsonArrayRecordStore(string path, RecordFileLock gate, int maxRecords) : IRecordStore
{
    private readonly MemoryRecordStore _records = new(maxRecords);
    private readonly SemaphoreSlim _mine = new(1);

    // Under _mine.
    private bool _changed;

    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        using var held = await gate.TryTakeAsync(cancellationToken).ConfigureAwait(false);
        await _records.WriteAsync(Load(), cancellationToken).ConfigureAwait(false);
    }

    public async Task<int> WriteAsync(IReadOnlyList<UsageRecord> records, CancellationToken cancellationToken)
    {
        await _mine.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var added = await _records.WriteAsync(records, cancellationToken).ConfigureAwait(false);
            _changed |= added > 0;
            return added;
        }
        finally
        {
            _mine.Release();
        }
    }

    public Task<IReadOnlySet<Guid>> FindAsync(IReadOnlyList<Guid> ids, CancellationToken cancellationToken) => _records.FindAsync(ids, cancellationToken);

    public Task<UsageRecord?> GetAsync(Guid id, CancellationToken cancellationToken) => _records.GetAsync(id, cancellationToken);

    public Task<UsageRecordPage> ReadAsync(UsageRecordQuery query, CancellationToken cancellationToken) => _records.ReadAsync(query, cancellationToken);

    public Task<long> EraseUserAsync(string user, CancellationToken cancellationToken) => RemoveAsync(records => records.EraseUserAsync(user, cancellationToken), cancellationToken);

    public Task<long> PruneAsync(DateTimeOffset? before, CancellationToken cancellationToken) => RemoveAsync(records => records.PruneAsync(before, cancellationToken), cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _mine.WaitAsync().ConfigureAwait(false);
        try
        {
            if (_changed)
            {
                using var held = await gate.TakeAsync(CancellationToken.None).ConfigureAwait(false);

                // Another process may have ended meanwhile.
                await _records.WriteAsync(Load(), CancellationToken.None).ConfigureAwait(false);
                await SaveAsync().ConfigureAwait(false);
            }
        }
        finally
        {
            _mine.Release();
        }
    }

    private async Task<long> RemoveAsync(Func<MemoryRecordStore, Task<long>> remove, CancellationToken cancellationToken)
    {
        await _mine.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            using var held = await gate.TakeAsync(cancellationToken).ConfigureAwait(false);
            await _records.WriteAsync(Load(), cancellationToken).ConfigureAwait(false);
            var removed = await remove(_records).ConfigureAwait(false);
            if (removed > 0 && File.Exists(path))
            {
                await SaveAsync().ConfigureAwait(false);
                _changed = false;
            }

            return removed;
        }
        finally
        {
            _mine.Release();
        }
    }

    private List<UsageRecord> Load()
    {
        if (!File.Exists(path))
        {
            return [];
        }

        try
        {
            using var stream = RecordFiles.OpenToRead(path);
            using var document = JsonDocument.Parse(stream);
            return [.. document.RootElement.EnumerateArray().Select(UsageRecordReader.Read)];
        }
        catch (Exception cause) when (cause is JsonException or FormatException or InvalidOperationException)
        {
            // Nothing of it is lost: it is not written over either.
            throw new InvalidOperationException($"{path} holds something else than records: {cause.Message} Name another file.", cause);
        }
    }

    private async Task SaveAsync()
    {
        var temporary = path + ".tmp";
        using (var stream = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None))
        {
            using var json = new Utf8JsonWriter(stream);
            json.WriteStartArray();
            var query = new UsageRecordQuery { OldestFirst = true, PageSize = 1000 };
            do
            {
                var page = await _records.ReadAsync(query, CancellationToken.None).ConfigureAwait(false);
                foreach (var record in page.Records)
                {
                    UsageRecordJson.Write(json, record);
                }

                query = query with { After = page.Next };
            }
            while (query.After is not null);
            json.WriteEndArray();
            await json.FlushAsync().ConfigureAwait(false);
            stream.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
    }
}
