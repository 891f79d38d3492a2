using LlmTelemetry.TestKit;
using Microsoft.Data.Sqlite;

namespace LlmTelemetry.CostExporter.Tests.Storage;

public sealed class SqliteFileStoreTests : SpendStoreTopTests, IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("llmtelemetry-sqlite-");

    private protected override string Address => $"sqlite:{File}";

    private string File => Path.Combine(_folder.FullName, "spend.db");

    [Fact]
    public async Task Writers_of_one_file_do_not_lose_each_others_batches()
    {
        await using var first = await OpenAsync();
        await using var second = await OpenAsync();
        await using var third = await OpenAsync();
        ISpendStore[] stores = [first, second, third];
        await Task.WhenAll(stores.Select((store, i) => Task.Run(async () =>
        {
            for (var number = 1; number <= 40; number++)
            {
                while (await AppliedAsync(store, number, $"writer-{i}") != BatchStatus.AlreadyApplied)
                {
                }
            }
        })));

        Assert.Equal(120, await TotalAsync(first, SpendMeasure.Calls));
    }

    [Fact]
    public async Task File_held_by_another_writer_surfaces_as_a_time_out()
    {
        await using var store = await OpenAsync(time: TimeProvider.System, timeout: TimeSpan.FromSeconds(1));
        await using var holder = new SqliteConnection($"Data Source={File};Pooling=False");
        await holder.OpenAsync(Stop);
        await using (await holder.BeginTransactionAsync(Stop))
        {
            await Assert.ThrowsAsync<TimeoutException>(() => ApplyAsync(store, 1, Row(Key(), (0, 1))));
        }

        await Eventually.HoldsAsync(async () => await AppliedAsync(store, 1, "first-1") == BatchStatus.AlreadyApplied, "the same batch is applied once the file is free");
        Assert.Equal(1, await TotalAsync(store, 0));
    }

    [Fact]
    public async Task File_deleted_while_it_is_open_is_made_anew_and_the_gap_is_seen()
    {
        await using var store = await OpenAsync();
        await ApplyAsync(store, 1, Row(Key(), (SpendMeasure.Calls, 1)));
        System.IO.File.Delete(File);

        Assert.Equal(new BatchReply(BatchStatus.Gap, 0), await ApplyAsync(store, 2, Row(Key(), (SpendMeasure.Calls, 10))));
        await ApplyAsync(store, 1, Row(Key(), (SpendMeasure.Calls, 1)));
        await ApplyAsync(store, 2, Row(Key(), (SpendMeasure.Calls, 10)));

        await using var reader = await OpenAsync();
        Assert.Equal(11, await TotalAsync(reader, SpendMeasure.Calls));
    }

    [Fact]
    public async Task Rows_past_their_retention_are_deleted_with_their_keys()
    {
        await using var store = await OpenAsync();
        await ApplyAsync(store, 1, "other-9", Row(Key(user: "once"), (0, 1)));
        Time.Advance(TimeSpan.FromDays(401));
        await ApplyAsync(store, 1, Row(Key(), (0, 1)));
        Assert.Equal(["=ann", "=ann", "=ann", "=once"], UsersOfRows());

        await ApplyAsync(store, 2, Row(With(new(Metric: "=rating|")), (SpendMeasure.Figures, 1)));
        Assert.Equal(3L, Scalar("SELECT count(*) FROM figures"));

        Time.Advance(TimeSpan.FromDays(3700));
        await ApplyAsync(store, 3, Row(Key(), (0, 1)));
        Assert.Equal(0L, Scalar("SELECT count(*) FROM figures"));
        Assert.Equal(["=ann", "=ann", "=ann"], UsersOfRows());
        Assert.Equal(1L, Scalar("SELECT count(*) FROM keys"));
        Assert.Equal(1L, Scalar("SELECT count(*) FROM batches"));
    }

    [Fact]
    public async Task Session_is_kept_as_long_as_something_is_added_to_it_and_then_for_the_retention_of_hours()
    {
        await using var store = await OpenAsync();
        await ApplyAsync(store, 1, Row(With(new(Session: "s1")), (0, 1)), Row(With(new(Session: "s2")), (0, 1)));
        Time.Advance(TimeSpan.FromDays(6));
        await ApplyAsync(store, 2, Row(With(new(Session: "s1"), model: "other"), (0, 2)));
        Time.Advance(TimeSpan.FromDays(6));

        Assert.Equal(2, Assert.Single(await store.ReadSessionsAsync(new SessionRead("s1", AnyTenant: true), Stop)).Rows.Count);
        Assert.Empty(await store.ReadSessionsAsync(new SessionRead("s2", AnyTenant: true), Stop));
        await ApplyAsync(store, 3, Row(Key(), (0, 1)));
        Assert.Equal(2L, Scalar("SELECT count(*) FROM sessions"));
        Time.Advance(TimeSpan.FromDays(3));
        await ApplyAsync(store, 4, Row(Key(), (0, 1)));
        Assert.Equal(0L, Scalar("SELECT count(*) FROM sessions"));
    }

    [Fact]
    public async Task Store_of_an_earlier_version_is_read_as_it_is_and_gets_what_it_lacks_when_it_is_written()
    {
        await using (var store = await OpenAsync())
        {
            await ApplyAsync(store, 1, Row(Key(), (0, 3)));
        }

        Scalar("DROP TABLE sessions");
        Scalar("DROP TABLE figures");
        Scalar("DELETE FROM settings WHERE name = 'hour_retention'");
        await using (var reader = await UsageReports.OpenAsync(Address, options => options.TimeProvider = Time, Stop))
        {
            Assert.Null(await reader.GetSessionAsync("s1", Stop));
            Assert.Empty((await reader.QueryMetricsAsync(new() { From = Day, To = Day }, cancellationToken: Stop)).Rows);
            var row = Assert.Single((await reader.QueryAsync(new() { From = Day, To = Day, By = [SpendDimension.User, SpendDimension.Session, SpendDimension.Tier, SpendDimension.Operation] }, Stop)).Rows);
            Assert.Equal(("ann", null, null, "chat", 3L), (row[SpendDimension.User], row[SpendDimension.Session], row[SpendDimension.Tier], row[SpendDimension.Operation], row.Calls));
        }

        Assert.Equal(0L, Scalar("SELECT count(*) FROM sqlite_master WHERE name = 'sessions'"));
        await using var writer = await OpenAsync();
        Assert.Equal(BatchStatus.Applied, (await ApplyAsync(writer, 2, Row(With(new(Session: "s1")), (0, 1)))).Status);
        Assert.Single(await writer.ReadSessionsAsync(new SessionRead("s1", AnyTenant: true), Stop));
        Assert.Equal(4, await TotalAsync(writer, 0));
        Assert.Equal(BatchStatus.Applied, (await ApplyAsync(writer, 3, Row(With(new(Metric: "=rating|")), (SpendMeasure.Figures, 1)))).Status);
        Assert.Single(await ReadFiguresAsync(writer, SpendGrain.Day));
    }

    [Fact]
    public async Task Store_of_the_earlier_schema_gets_its_sums_and_lists_and_is_closed_to_the_earlier_version()
    {
        await using (var store = await OpenAsync())
        {
            await ApplyAsync(store, 1, Row(Key(), (0, 1), (64, 5)), Row(Key(user: "bob", tenant: "acme"), (0, 2), (64, 7)), Row(Key(user: "bob"), (0, 4), (64, 1)));
        }

        // As the version before left it.
        foreach (var undo in new[] { "DROP TABLE sums", "DROP TABLE tops", "ALTER TABLE batches DROP COLUMN schema", "UPDATE settings SET value = '1' WHERE name = 'schema'" })
        {
            Scalar(undo);
        }

        var read = new TopRead(SpendDimension.User, [new SpendRead(SpendGrain.Day, DateTimeOffset.UnixEpoch, DateTimeOffset.MaxValue, new HashSet<SpendDimension>())], 5);
        await using (var reader = await OpenToReadAsync())
        {
            Assert.Null(await reader.ReadTopAsync(read, Stop));
            Assert.Equal((7, 7), (await TotalAsync(reader, 0), await TotalAsync(reader, 0, [SpendDimension.User])));
        }

        await using var raised = await OpenAsync();
        Assert.Equal([("bob", 8), ("ann", 5)], (await raised.ReadTopAsync(read, Stop))!.Select(row => (row.Key.User!, (int)row.Measures[64])));
        Assert.Equal((7, 7), (await TotalAsync(raised, 0), await TotalAsync(raised, 0, [SpendDimension.Model], SpendGrain.Month)));
        Assert.Equal(BatchStatus.Applied, (await ApplyAsync(raised, 2, Row(Key(), (64, 100)))).Status);
        Assert.Equal(105, (await raised.ReadTopAsync(read, Stop))![0].Measures[64]);

        var refused = Assert.Throws<Microsoft.Data.Sqlite.SqliteException>(() => Scalar("INSERT OR REPLACE INTO batches (instance, partition, number, applied) VALUES ('earlier', 'file', 1, 0)"));
        Assert.Contains("schema 2", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Store_of_another_schema_is_refused_with_both_versions()
    {
        await (await OpenAsync()).DisposeAsync();
        Scalar("UPDATE settings SET value = '99' WHERE name = 'schema'");
        var refusal = await Assert.ThrowsAsync<SpendStoreMismatchException>(() => OpenAsync());
        Assert.Contains("'99'", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("'1'", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task File_that_is_no_database_is_refused_and_left_alone()
    {
        await System.IO.File.WriteAllTextAsync(File, new string('x', 4096), Stop);
        var refusal = await Assert.ThrowsAsync<SpendStoreMismatchException>(() => OpenAsync());
        Assert.Contains("not a SQLite database", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(new string('x', 4096), await System.IO.File.ReadAllTextAsync(File, Stop));
    }

    [Fact]
    public async Task Database_of_something_else_is_refused_and_left_alone()
    {
        Scalar("CREATE TABLE invoices (id INTEGER)");
        var refusal = await Assert.ThrowsAsync<SpendStoreMismatchException>(() => OpenAsync());
        Assert.Contains("something else", refusal.Message, StringComparison.Ordinal);
        Assert.Equal("delete", Scalar("PRAGMA journal_mode"));
    }

    [Fact]
    public async Task Damaged_database_is_refused()
    {
        await (await OpenAsync()).DisposeAsync();
        var bytes = await System.IO.File.ReadAllBytesAsync(File, Stop);
        bytes.AsSpan(100).Fill(0xAB);
        await System.IO.File.WriteAllBytesAsync(File, bytes, Stop);
        var refusal = await Assert.ThrowsAsync<SpendStoreMismatchException>(() => OpenAsync());
        Assert.Contains("damaged", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Missing_folder_is_named_in_the_error()
    {
        var error = await Assert.ThrowsAsync<IOException>(() => OpenAsync(Address.Replace("spend.db", "missing/spend.db", StringComparison.Ordinal)));
        Assert.Contains("missing/spend.db", error.Message, StringComparison.Ordinal);
        Assert.Contains("folder must exist", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Store_that_is_not_open_says_so()
    {
        var settings = new CostExporterOptions { Store = Address }.ToStoreSettings();
        await using var store = SpendStores.Create(StoreAddress.Parse(Address), settings);
        await Assert.ThrowsAsync<InvalidOperationException>(() => ApplyAsync(store, 1, Row(Key(), (0, 1))));
    }

    private async Task<ISpendStore> OpenToReadAsync()
    {
        var store = SpendStores.Create(StoreAddress.Parse(Address), new CostExporterOptions { Store = Address, TimeProvider = Time }.ToStoreSettings() with { ReadOnly = true });
        await store.OpenAsync(Stop);
        return store;
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private async Task<BatchStatus?> AppliedAsync(ISpendStore store, long number, string instance)
    {
        try
        {
            return (await ApplyAsync(store, number, instance, Row(Key(), (SpendMeasure.Calls, 1)))).Status;
        }
        catch (TimeoutException)
        {
            return null;
        }
    }

    private List<string> UsersOfRows()
    {
        using var connection = new SqliteConnection($"Data Source={File};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT text FROM spend JOIN keys ON keys.id = key";
        using var rows = command.ExecuteReader();
        var users = new List<string>();
        while (rows.Read())
        {
            users.Add(rows.GetString(0).Split('|')[2]);
        }

        return [.. users.Order()];
    }

    private object? Scalar(string text)
    {
        using var connection = new SqliteConnection($"Data Source={File};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = text;
        return command.ExecuteScalar();
    }
}
