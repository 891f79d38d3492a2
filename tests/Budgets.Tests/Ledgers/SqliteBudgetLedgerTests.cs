using LlmTelemetry.CostExporter.Stores;
using Microsoft.Data.Sqlite;

namespace LlmTelemetry.Budgets.Tests.Ledgers;

public sealed class SqliteBudgetLedgerTests : EmbeddedLedgerCases
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("llmtelemetry-budgets-");

    private string File => Path.Combine(_folder.FullName, "llm.budgets.db");

    private protected override Task<IBudgetLedger> OpenAsync() => Task.FromResult<IBudgetLedger>(Another());

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Delete(recursive: true);
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Two_ledgers_of_one_file_decide_together()
    {
        await using var other = Another();
        IBudgetLedger[] both = [Ledger, other];

        var answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => both[i % 2].HoldAsync(new(Guid.NewGuid(), Lifetime, [Line(100, 7)]), Stop)));

        Assert.Equal(14, answers.Count(answer => answer.Status == LedgerStatus.Done));
        Assert.Equal(98, Assert.Single((await other.ReadAsync([Line(100)], Stop)).Lines).Held);
    }

    [Fact]
    public async Task Everything_is_there_when_the_file_is_opened_again()
    {
        var id = Guid.NewGuid();
        var line = Line(100, 30, subject: "Zoë\0");
        await HoldAsync(id, line, Line(100, 30, "b", span: Sliding(60_000)));
        await ChargeAsync(new ChargeLine(line, 50, 999));
        await Ledger.ClaimWarningAsync(line, 80, Stop);
        var before = await StateAsync(line);
        await Ledger.DisposeAsync();

        await using var again = Another();

        Assert.Equal(before, Assert.Single((await again.ReadAsync([line], Stop)).Lines));
        Assert.Equal(LedgerStatus.Done, (await again.SettleAsync(new(id, [new(line, 10, 1)], HoldKnown.Placed, IsRetry: true), Stop)).Status);
        var after = Assert.Single((await again.ReadAsync([line], Stop)).Lines);
        Assert.Equal((61, 0, 0), (after.Used, after.UsedPico, after.Held));
    }

    [Fact]
    public async Task Rows_past_their_use_are_deleted()
    {
        foreach (var i in Enumerable.Range(0, 20))
        {
            var id = Guid.NewGuid();
            await HoldAsync(id, 1_000, Line(null, 1, subject: $"u{i}"));
            await SettleAsync(i % 2 == 0 ? id : Guid.NewGuid(), new ChargeLine(Line(null, subject: $"u{i}"), 1));
        }

        Assert.NotEqual([0L, 0L, 0L], Counts());
        Time.Advance(TimeSpan.FromDays(4));

        // The first look lets go of what is still live, the next one may forget it.
        await NowAsync();
        Time.Advance(TimeSpan.FromSeconds(2));
        await NowAsync();

        Assert.Equal([0L, 0L, 0L], Counts());

        object?[] Counts() => [Scalar("SELECT count(*) FROM counters"), Scalar("SELECT count(*) FROM holds"), Scalar("SELECT count(*) FROM settled")];
    }

    [Fact]
    public async Task Rows_past_their_use_are_deleted_also_after_the_clock_was_far_ahead()
    {
        Time.Advance(TimeSpan.FromDays(365));
        await NowAsync();
        Time.Advance(TimeSpan.FromDays(-365));
        await ChargeAsync(new ChargeLine(Line(null), 1));
        Time.Advance(TimeSpan.FromDays(4));

        await NowAsync();

        Assert.Equal((0L, 0L), (Scalar("SELECT count(*) FROM counters"), Scalar("SELECT count(*) FROM settled")));
    }

    [Fact]
    public async Task File_of_a_newer_version_is_refused_also_when_it_took_over_meanwhile()
    {
        await HoldAsync(Line(100, 60));
        Scalar("UPDATE settings SET value = '99' WHERE name = 'schema'");
        await using var newcomer = Another();

        foreach (var ledger in new[] { Ledger, newcomer })
        {
            var refusal = await Assert.ThrowsAsync<SpendStoreMismatchException>(() => ledger.HoldAsync(new(Guid.NewGuid(), Lifetime, [Line(100, 1)]), Stop));
            Assert.Contains("'99'", refusal.Message, StringComparison.Ordinal);
            Assert.Contains(File, refusal.Message, StringComparison.Ordinal);
        }

        Scalar("UPDATE settings SET value = '1' WHERE name = 'schema'");
        Assert.Equal((0, 60), await StandsAsync(Line(100)));
    }

    [Theory]
    [InlineData("CREATE TABLE notes (text TEXT)")]
    [InlineData("CREATE TABLE settings (name TEXT, value TEXT); INSERT INTO settings VALUES ('schema', '1'); CREATE TABLE spend (x)")]
    public async Task File_of_something_else_is_refused_and_stays_as_it_is(string made)
    {
        var file = Path.Combine(_folder.FullName, "other.db");
        Scalar(made, file);
        var before = await System.IO.File.ReadAllBytesAsync(file, Stop);
        await using var ledger = Another(file);

        var refusal = await Assert.ThrowsAsync<SpendStoreMismatchException>(() => ledger.ReadAsync([Line(1)], Stop));

        Assert.Contains("something else", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(before, await System.IO.File.ReadAllBytesAsync(file, Stop));
    }

    [Fact]
    public async Task Damaged_file_is_refused_and_stays_as_it_is()
    {
        var file = Path.Combine(_folder.FullName, "damaged.db");
        await System.IO.File.WriteAllTextAsync(file, new string('x', 5000), Stop);
        await using var ledger = Another(file);

        var refusal = await Assert.ThrowsAsync<SpendStoreMismatchException>(() => ledger.ReadAsync([Line(1)], Stop));

        Assert.Contains("not a SQLite database", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(new string('x', 5000), await System.IO.File.ReadAllTextAsync(file, Stop));
    }

    [Fact]
    public async Task File_held_by_another_process_is_waited_for_no_longer_than_the_time_limit_and_nothing_is_done_late()
    {
        await NowAsync();
        await using var hasty = new SqliteBudgetLedger(File, TimeSpan.FromMilliseconds(100), TimeProvider.System);
        using var holder = Open(File);
        Run(holder, "BEGIN IMMEDIATE");
        var line = Line(100, 60, span: Session);

        await Assert.ThrowsAsync<TimeoutException>(() => hasty.HoldAsync(new(Guid.NewGuid(), Lifetime, [line]), Stop));
        Run(holder, "ROLLBACK");
        await hasty.DisposeAsync();

        Assert.Equal((0, 0), await StandsAsync(line));
    }

    [Fact]
    public async Task File_that_cannot_be_written_keeps_nothing_and_works_again_when_it_can()
    {
        await NowAsync();
        Scalar("CREATE TRIGGER full BEFORE INSERT ON holds BEGIN SELECT RAISE(ABORT, 'no room on the disk'); END");

        var error = await Assert.ThrowsAsync<IOException>(() => HoldAsync(Line(100, 60)));

        Assert.Contains("no room on the disk", error.Message, StringComparison.Ordinal);
        Assert.Equal((0, 0), await StandsAsync(Line(100)));
        Scalar("DROP TRIGGER full");
        Assert.Equal(LedgerStatus.Done, (await HoldAsync(Line(100, 60))).Status);
    }

    [Fact]
    public async Task File_that_is_deleted_while_it_is_open_is_made_anew()
    {
        await HoldAsync(Line(100, 60));
        System.IO.File.Delete(File);

        Assert.Equal(LedgerStatus.Done, (await HoldAsync(Line(100, 100))).Status);
        Assert.True(System.IO.File.Exists(File));
    }

    private SqliteBudgetLedger Another(string? file = null) => new(file ?? File, Patience, Time);

    private object? Scalar(string text, string? file = null)
    {
        using var connection = Open(file ?? File);
        return Run(connection, text);
    }

    private static SqliteConnection Open(string file)
    {
        var connection = new SqliteConnection($"Data Source={file};Pooling=False");
        connection.Open();
        return connection;
    }

    private static object? Run(SqliteConnection connection, string text)
    {
        using var command = connection.CreateCommand();
        command.CommandText = text;
        return command.ExecuteScalar();
    }
}
