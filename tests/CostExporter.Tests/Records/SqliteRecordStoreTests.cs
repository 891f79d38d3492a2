using System.Text;

namespace LlmTelemetry.CostExporter.Tests.Records;

public sealed class SqliteRecordStoreTests : CappedRecordStoreTests, IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("llmtelemetry-records-");

    private string File => Path.Combine(_folder.FullName, "ledger.db");

    private protected override CostExporterOptions Options() => new() { Store = "sqlite:" + File };

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Records_of_another_process_are_seen_and_stay()
    {
        await using (var store = await OpenAsync())
        {
            await using var other = await OpenAsync();
            await store.WriteAsync([Make(1)], Stop);
            Assert.Equal(1, await other.WriteAsync([Make(1), Make(2)], Stop));
            Assert.Equal(2, (await AllAsync(store)).Count);
        }

        await using var again = await OpenAsync();
        Assert.Equal(2, (await AllAsync(again)).Count);
    }

    [Fact]
    public async Task Records_past_their_retention_go_with_the_next_write()
    {
        await using var store = await OpenAsync(retention: TimeSpan.FromDays(1));
        await store.WriteAsync([Make(1)], Stop);
        Time.Advance(TimeSpan.FromHours(30));
        await store.WriteAsync([RecordCases.Make(2, Now)], Stop);
        Assert.Equal([2], (await AllAsync(store)).Select(Number));
    }

    [Fact]
    public async Task Records_are_kept_and_capped_also_after_the_ledger_beside_them_was_cleared()
    {
        await using var store = await OpenAsync(maxRecords: 3);
        await store.WriteAsync([Make(1), Make(2), Make(3)], Stop);
        await using (var ledger = SpendStores.Create(Options(), Options().ToStoreSettings()))
        {
            await ledger.OpenAsync(Stop);
            await ledger.ClearAsync(Stop);
        }

        Assert.Empty(await AllAsync(store));
        Assert.Equal(4, await store.WriteAsync([Make(4), Make(5), Make(6), Make(7)], Stop));
        Assert.Equal(3, (await AllAsync(store)).Count);
    }

    [Fact]
    public async Task Records_go_to_the_file_that_is_there_now_after_it_was_replaced()
    {
        await using (var backup = await OpenAsync())
        {
            await backup.WriteAsync([Make(1)], Stop);
        }

        System.IO.File.Copy(File, File + ".backup");
        await using var store = await OpenAsync();
        await store.WriteAsync([Make(2)], Stop);
        System.IO.File.Delete(File + "-wal");
        System.IO.File.Delete(File + "-shm");
        System.IO.File.Move(File + ".backup", File, overwrite: true);
        await store.WriteAsync([Make(3)], Stop);

        await using var reader = await OpenAsync();
        Assert.Equal([1, 3], (await AllAsync(reader)).Select(Number).Order());
    }

    [Fact]
    public async Task Erased_user_is_nowhere_in_the_file()
    {
        const string User = "ada-lovelace-of-london";
        await using var store = await OpenAsync();
        await store.WriteAsync([.. Enumerable.Range(0, 500).Select(n => Make(n) with { Attribution = new(n % 2 == 0 ? User : "bob") })], Stop);
        Assert.True(Holds(User));
        Assert.Equal(250, await store.EraseUserAsync(User, Stop));
        Assert.False(Holds(User));
        Assert.Equal(250, (await AllAsync(store)).Count);
    }

    [Fact]
    public async Task Reader_from_outside_makes_nothing_and_reads_and_erases_what_is_there()
    {
        await Assert.ThrowsAsync<FileNotFoundException>(() => UsageRecords.OpenAsync("sqlite:" + File, cancellationToken: Stop));
        Assert.Empty(_folder.GetFiles());
        await using (var store = await OpenAsync())
        {
            await using var early = await UsageRecords.OpenAsync("sqlite:" + File, cancellationToken: Stop);
            Assert.Empty((await early.QueryAsync(new(), Stop)).Records);
            Assert.Equal(0, await early.ClearAsync(Stop));
            await store.WriteAsync([Make(1), Make(2) with { Attribution = new("ada") }], Stop);
        }

        await using var records = await UsageRecords.OpenAsync("sqlite:" + File, cancellationToken: Stop);
        Assert.Equal(2, await records.ReadAsync(new(), Stop).CountAsync(Stop));
        Assert.Equal(1, await records.EraseUserAsync("a\u0007da", Stop));
        Assert.Equal(1, await records.PruneAsync(Now, Stop));
    }

    [Fact]
    public async Task Many_records_are_read_page_by_page_and_none_is_held()
    {
        await using var store = await OpenAsync(maxRecords: 1_000_000);
        for (var part = 0; part < 20; part++)
        {
            await store.WriteAsync([.. Enumerable.Range(part * 1_000, 1_000).Select(n => Make(n))], Stop);
        }

        await using var records = await UsageRecords.OpenAsync("sqlite:" + File, cancellationToken: Stop);
        var (count, passed) = (0, new List<WeakReference>());
        await foreach (var record in records.ReadAsync(new() { OldestFirst = true }, Stop))
        {
            passed.Add(new WeakReference(record));
            if (++count == 18_500)
            {
                // In the middle of a page: of those before it, none is alive.
                GC.Collect();
                Assert.DoesNotContain(passed.Take(17_000), earlier => earlier.IsAlive);
            }
        }

        Assert.Equal(20_000, count);
    }

    [Fact]
    public async Task Question_for_a_user_is_answered_by_the_index()
    {
        await using var store = await OpenAsync();
        await store.WriteAsync([Make(1)], Stop);
        await using var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={File};Pooling=False");
        await connection.OpenAsync(Stop);
        foreach (var (filter, index) in new[] { ("", "records_by_time ((ended,id)>"), ("user = 'ada' AND ", "records_by_user (user=? AND (ended,id)>") })
        {
            await using var command = connection.CreateCommand();
            command.CommandText = $"EXPLAIN QUERY PLAN SELECT line FROM records WHERE {filter}(ended, id) >= (1, x'00') AND (ended, id) < (2, x'00') ORDER BY ended DESC, id DESC LIMIT 5";
            var plan = new StringBuilder();
            await using var rows = await command.ExecuteReaderAsync(Stop);
            while (await rows.ReadAsync(Stop))
            {
                plan.AppendLine(rows.GetString(3));
            }

            Assert.Contains(index, plan.ToString(), StringComparison.Ordinal);
            Assert.DoesNotContain("TEMP B-TREE", plan.ToString(), StringComparison.Ordinal);
        }
    }

    private bool Holds(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        return _folder.GetFiles().Any(file =>
        {
            using var stream = new FileStream(file.FullName, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var all = new MemoryStream();
            stream.CopyTo(all);
            return all.GetBuffer().AsSpan(0, (int)all.Length).IndexOf(bytes) >= 0;
        });
    }
}
