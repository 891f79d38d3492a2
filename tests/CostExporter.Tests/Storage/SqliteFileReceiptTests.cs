using Microsoft.Data.Sqlite;

namespace LlmTelemetry.CostExporter.Tests.Storage;

public sealed class SqliteFileReceiptTests : ReceiptClaimTests, IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("llmtelemetry-receipts-");

    private protected override string Address => $"sqlite:{File}";

    private string File => Path.Combine(_folder.FullName, "spend.db");

    [Fact]
    public async Task What_was_received_is_deleted_when_its_time_is_up()
    {
        await using var store = await OpenAsync();
        await BookAsync(store, Receipt(store, 1, [Id(1)], State("a/0", 0, "one")));
        await Receipts(store).ClaimAsync("a", Hour, UsageSourceKind.Spans, Stop);

        // To the end of the day on which it ended and 8 days more.
        Time.Advance(Today.AddDays(9).ToDateTime(TimeOnly.MinValue) - Time.GetUtcNow().UtcDateTime - TimeSpan.FromSeconds(1));
        await BookAsync(store, Receipt(store, 1, [Id(2)]));
        Assert.Equal([2, 1, 1], Counts());
        Time.Advance(TimeSpan.FromHours(1));
        await ApplyAsync(store, 1, Row(Key(), (0, 1)));
        Assert.Equal([1, 1, 1], Counts());
        Time.Advance(TimeSpan.FromDays(3));
        await BookAsync(store, Receipt(store, 1, [Id(3)]));
        Assert.Equal([2, 1, 0], Counts());
        Time.Advance(TimeSpan.FromDays(40));
        await BookAsync(store, Receipt(store, 1, [Id(4)]));
        Assert.Equal([1, 0, 0], Counts());
    }

    [Fact]
    public async Task File_of_an_earlier_version_is_read_as_it_is_and_gets_what_it_lacks_when_it_is_written()
    {
        await using (var store = await OpenAsync())
        {
            await ApplyAsync(store, 1, Row(Key(), (SpendMeasure.Calls, 3)));
        }

        foreach (var table in new[] { "received_ids", "received_states", "received_hours" })
        {
            Scalar($"DROP TABLE {table}");
        }

        await using (var reader = await UsageReports.OpenAsync(Address, options => options.TimeProvider = Time, Stop))
        {
            Assert.Equal(3, (await reader.QueryAsync(new() { From = Day, To = Day }, Stop)).Total.Calls);
        }

        await using var writer = await OpenAsync();
        Assert.Equal(ReceiptStatus.Booked, (await BookAsync(writer, Receipt(writer, 1, [Id(1)], State("a/0", 0, "one")))).Status);
        Assert.Equal([4, 4, 4], await TotalsAsync(writer));
    }

    [Fact]
    public async Task File_that_a_newer_version_has_taken_over_is_booked_in_no_more()
    {
        await using var store = await OpenAsync();
        await BookAsync(store, Receipt(store, 1, [Id(1)]));
        Scalar("UPDATE settings SET value = '99' WHERE name = 'schema'");

        await Assert.ThrowsAsync<SpendStoreMismatchException>(() => BookAsync(store, Receipt(store, 1, [Id(2)])));
        await Assert.ThrowsAsync<SpendStoreMismatchException>(() => Receipts(store).ClaimAsync("a", Hour, UsageSourceKind.Spans, Stop));
        Assert.Equal([1, 0, 0], Counts());
    }

    [Fact]
    public async Task What_was_answered_is_on_disk()
    {
        await using var store = await OpenAsync();

        Assert.Equal(TimeSpan.Zero, Receipts(store).DurableAfter);
        Assert.Equal(await Receipts(store).LifeAsync(store.PartitionOf(Key()), Stop), (await BookAsync(store, Receipt(store, 1, [Id(1)]))).Life);
    }

    [Fact]
    public async Task One_sum_that_cannot_be_kept_keeps_no_other_receipt_from_being_booked()
    {
        await using var store = await OpenAsync();
        var most = new SpendReceipt(store.PartitionOf(Key()), [Row(Key(), (64, (Int128.One << 96) - 1))], [Id(1)], []);
        await BookAsync(store, most);

        await Assert.ThrowsAsync<OverflowException>(() => BookAsync(store, [Receipt(store, 1, [Id(2)]), most with { Ids = [Id(3)] }, Receipt(store, 1, [Id(4)])]));

        Assert.Equal([2, 2, 2], await TotalsAsync(store));
        Assert.Equal([3, 0, 0], Counts());
    }

    private protected override Task<long?> HoursKeptAsync(string source) => Task.FromResult<long?>(Scalar($"SELECT count(*) FROM received_hours WHERE source = '{source}'"));

    public void Dispose() => _folder.Delete(recursive: true);

    // Ids, states, hours.
    private long[] Counts() => [Scalar("SELECT count(*) FROM received_ids"), Scalar("SELECT count(*) FROM received_states"), Scalar("SELECT count(*) FROM received_hours")];

    private long Scalar(string text)
    {
        using var connection = new SqliteConnection($"Data Source={File};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = text;
        return command.ExecuteScalar() as long? ?? 0;
    }
}
