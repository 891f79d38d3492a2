using Microsoft.Data.Sqlite;

namespace LlmTelemetry.CostExporter.Tests.Storage;

/// <summary>What happens to a SQLite file while it is open: each is said clearly, and what is held is taken once it is over.</summary>
public sealed class SqliteFileFaultTests : SpendStoreTests, IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("llmtelemetry-sqlite-");

    private protected override string Address => $"sqlite:{File}";

    private string File => Path.Combine(_folder.FullName, "spend.db");

    private string Backup => Path.Combine(_folder.FullName, "backup.db");

    [Fact]
    public async Task File_replaced_by_a_backup_while_it_is_open_is_noticed_and_the_gap_is_seen()
    {
        await using var store = await OpenAsync();
        await using var reader = await OpenAsync();
        await ApplyAsync(store, 1, Row(Key(), (0, 1)));
        Scalar($"VACUUM INTO '{Backup}'");
        await ApplyAsync(store, 2, Row(Key(), (0, 10)));
        Scalar("PRAGMA wal_checkpoint(TRUNCATE)");
        System.IO.File.Move(Backup, File, overwrite: true);

        Assert.Equal(new BatchReply(BatchStatus.Gap, 1), await ApplyAsync(store, 3, Row(Key(), (0, 100))));
        Assert.Equal(BatchStatus.Applied, (await ApplyAsync(store, 2, Row(Key(), (0, 10)))).Status);
        Assert.Equal(BatchStatus.Applied, (await ApplyAsync(store, 3, Row(Key(), (0, 100)))).Status);
        Assert.Equal(111, await TotalAsync(reader, 0));
        Assert.Equal("ok", Scalar("PRAGMA integrity_check"));
    }

    [Fact]
    public async Task File_replaced_beside_the_log_of_the_old_one_is_refused_until_that_is_gone()
    {
        await using var store = await OpenAsync();
        await ApplyAsync(store, 1, Row(Key(), (0, 1)));
        Scalar($"VACUUM INTO '{Backup}'");
        await ApplyAsync(store, 2, Row(Key(), (0, 10)));
        System.IO.File.Move(Backup, File, overwrite: true);

        var error = await Assert.ThrowsAsync<IOException>(() => ApplyAsync(store, 3, Row(Key(), (0, 100))));
        Assert.Contains("was replaced while it was open", error.Message, StringComparison.Ordinal);
        Assert.Contains(File + "-wal", error.Message, StringComparison.Ordinal);
        System.IO.File.Delete(File + "-wal");
        System.IO.File.Delete(File + "-shm");
        Assert.Equal(new BatchReply(BatchStatus.Gap, 1), await ApplyAsync(store, 3, Row(Key(), (0, 100))));
        Assert.Equal(1, await TotalAsync(store, 0));
    }

    [Fact]
    public async Task Second_process_notices_that_the_first_made_a_deleted_file_anew()
    {
        await using var first = await OpenAsync();
        await using var second = await OpenAsync();
        await ApplyAsync(first, 1, Row(Key(), (0, 1)));
        await ApplyAsync(second, 1, "second-2", Row(Key(), (0, 10)));
        System.IO.File.Delete(File);

        Assert.Equal(BatchStatus.Applied, (await ApplyAsync(first, 1, "third-3", Row(Key(), (0, 100)))).Status);
        Assert.Equal(new BatchReply(BatchStatus.Gap, 0), await ApplyAsync(second, 2, "second-2", Row(Key(), (0, 1000))));
        Assert.Equal(BatchStatus.Applied, (await ApplyAsync(second, 1, "second-2", Row(Key(), (0, 10)))).Status);
        Assert.Equal(110, await TotalAsync(first, 0));
        Assert.Equal(110, await TotalAsync(second, 0));
    }

    [Fact]
    public async Task File_damaged_while_it_is_open_says_what_to_do_and_a_backup_in_its_place_is_taken()
    {
        await using var store = await OpenAsync();
        await ApplyAsync(store, 1, Row(Key(), (0, 1)));
        Scalar("PRAGMA wal_checkpoint(TRUNCATE)");
        Scalar($"VACUUM INTO '{Backup}'");
        var size = new FileInfo(File).Length;
        await using (var stream = new FileStream(File, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            await stream.WriteAsync(Enumerable.Repeat((byte)0xAB, (int)size).ToArray(), Stop);
        }

        await using var other = new SqliteSpendStore(File, new CostExporterOptions().ToStoreSettings());
        var error = await Assert.ThrowsAsync<SpendStoreMismatchException>(() => other.OpenAsync(Stop));
        Assert.Contains("not a SQLite database", error.Message, StringComparison.Ordinal);

        System.IO.File.Move(Backup, File, overwrite: true);
        System.IO.File.Delete(File + "-wal");
        System.IO.File.Delete(File + "-shm");
        await other.OpenAsync(Stop);
        Assert.Equal(BatchStatus.AlreadyApplied, (await ApplyAsync(store, 1, Row(Key(), (0, 1)))).Status);
        Assert.Equal(BatchStatus.Applied, (await ApplyAsync(store, 2, Row(Key(), (0, 10)))).Status);
        Assert.Equal(11, await TotalAsync(store, 0));
    }

    [Fact]
    public async Task Store_that_a_newer_version_took_over_while_it_was_open_is_written_no_more()
    {
        await using var store = await OpenAsync();
        await ApplyAsync(store, 1, Row(Key(), (0, 1)));
        Scalar("UPDATE settings SET value = '99' WHERE name = 'schema'");

        var refusal = await Assert.ThrowsAsync<SpendStoreMismatchException>(() => ApplyAsync(store, 2, Row(Key(), (0, 10))));
        Assert.Contains("'99'", refusal.Message, StringComparison.Ordinal);
        Scalar($"UPDATE settings SET value = '{StoreIdentity.Schema}' WHERE name = 'schema'");
        Assert.Equal(BatchStatus.Applied, (await ApplyAsync(store, 2, Row(Key(), (0, 10)))).Status);
    }

    [Theory]
    [InlineData("PRAGMA max_page_count = 1", "PRAGMA max_page_count = 1000000", "the disk is full")]
    [InlineData("PRAGMA query_only = ON", "PRAGMA query_only = OFF", "read-only")]
    public async Task File_that_cannot_be_written_keeps_nothing_of_the_batch_and_takes_it_later(string end, string over, string said)
    {
        var settings = new CostExporterOptions { TimeProvider = Time }.ToStoreSettings();
        await (await OpenAsync()).DisposeAsync();
        using var session = SqliteSession.Open(File, "The spend store x", settings);
        var batch = new SpendBatch("first-1", "file", 1, [.. Enumerable.Range(0, 200).Select(n => Row(Key(user: new string('u', 2000) + n), (0, 1)))]);
        using (var command = session.Command(end))
        {
            command.ExecuteNonQuery();
        }

        var cause = Assert.Throws<SqliteException>(() => SqliteBatch.Apply(session, batch, new SpendPeriods(settings), settings));
        var error = Assert.IsType<IOException>(SqliteErrors.Explain("The spend store x", cause));
        Assert.Contains(said, error.Message, StringComparison.Ordinal);
        using (var command = session.Command(over))
        {
            command.ExecuteNonQuery();
        }

        Assert.Equal(0L, Scalar("SELECT count(*) FROM spend"));
        Assert.Equal(new BatchReply(BatchStatus.Applied, 1), SqliteBatch.Apply(session, batch, new SpendPeriods(settings), settings));
        Assert.Equal(200L, Scalar("SELECT count(*) FROM keys"));
    }

    [Fact]
    public async Task File_does_not_grow_for_ever_freed_pages_are_used_again()
    {
        await using var store = await OpenAsync();
        var sizes = new List<long>();
        for (var round = 1; round <= 6; round++)
        {
            for (var batch = 1; batch <= 3; batch++)
            {
                await ApplyAsync(store, ((round - 1) * 3) + batch, [.. Enumerable.Range(0, 200).Select(n => Row(Key(user: $"r{round}-b{batch}-{new string('u', 200)}-{n}"), (0, 1)))]);
            }

            sizes.Add((long)Scalar("PRAGMA page_count")!);
            Time.Advance(TimeSpan.FromDays(5000));
        }

        Assert.InRange(sizes[^1], 1, sizes[1] + (sizes[1] / 4));
    }

    [Fact]
    public async Task Status_says_what_the_file_is_and_what_is_wrong_with_it()
    {
        await using var store = await OpenAsync();
        await ApplyAsync(store, 1, Row(Key(), (0, 1)));
        var status = (await store.StatusAsync(Stop))!;
        Assert.StartsWith("SQLite 3.", status.Kind, StringComparison.Ordinal);
        Assert.Equal((StoreIdentity.Schema, "UTC", null), (status.Schema, status.TimeZone, status.Clock));
        Assert.InRange(status.Bytes!.Value, 8192, 1 << 20);
        Assert.Empty(status.Concerns);

        await using var memory = await OpenAsync("sqlite::memory:");
        Assert.Contains("in memory", Assert.Single((await memory.StatusAsync(Stop))!.Concerns), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Status_of_a_file_without_a_log_of_its_own_says_so()
    {
        await (await OpenAsync()).DisposeAsync();
        Assert.Equal("delete", Scalar("PRAGMA journal_mode = DELETE"));
        await using var reader = new SqliteSpendStore(File, new CostExporterOptions().ToStoreSettings() with { ReadOnly = true });
        await reader.OpenAsync(Stop);

        Assert.Contains("'delete'", Assert.Single((await ((ISpendStore)reader).StatusAsync(Stop))!.Concerns), StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private object? Scalar(string text)
    {
        using var connection = new SqliteConnection($"Data Source={File};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = text;
        return command.ExecuteScalar();
    }
}
