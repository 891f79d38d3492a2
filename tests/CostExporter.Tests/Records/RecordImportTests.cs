using System.Text;
using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;

namespace LlmTelemetry.CostExporter.Tests.Records;

public sealed class SqliteRecordImportTests : RecordImportTests, IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("llmtelemetry-import-");

    private protected override string Address => "sqlite:" + Path.Combine(_folder.FullName, "ledger.db");

    public void Dispose() => _folder.Delete(recursive: true);
}

public sealed class RedisRecordImportTests : RecordImportTests, IAsyncLifetime
{
    private RedisServer? _redis;

    private protected override string Address => _redis!.Address;

    public async ValueTask InitializeAsync() => _redis = await RedisServer.StartAsync();

    public async ValueTask DisposeAsync()
    {
        if (_redis is not null)
        {
            await _redis.DisposeAsync();
        }
    }
}

/// <summary>An import is right however often and however much of it is run.</summary>
public abstract class RecordImportTests
{
    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private protected abstract string Address { get; }

    [Fact]
    public async Task Imported_calls_are_in_the_sums_once_however_often_and_in_whatever_parts_they_come()
    {
        var events = Enumerable.Range(0, 700).Select(n => Calls.Make(user: $"u{n % 7}", tenant: n % 3 == 0 ? null : $"t{n % 3}", input: 1_000 + n, picoPerInput: 3_000_001 + n, at: Now.AddMinutes(-n % 90))).ToArray();
        var lines = events.Select(call => UsageRecordJson.Line(UsageRecord.Of(in call))).ToArray();
        var expected = events.Aggregate((Int128)0, (sum, call) => sum + call.Cost.TotalPico);
        await using (var records = await RecordReader.OpenAsync(Address, null, create: true, Stop))
        {
            Assert.Equal(new ImportResult(400, 400, 400, 0), await records.ImportAsync(Join(lines[..400]), book: true, Stop));
            Assert.Equal(new ImportResult(450, 100, 100, 0), await records.ImportAsync(Join(lines[50..500]), book: true, Stop));
        }

        await using var again = await UsageRecords.OpenAsync(Address, cancellationToken: Stop);

        // Not seekable, as standard input is.
        Assert.Equal(new ImportResult(700, 200, 200, 0), await again.ImportAsync(new OneWay(Join(lines).ToArray()), book: true, Stop));
        var report = await ReportAsync();
        Assert.Equal((700, Cost.ToUsd(expected)), (report.Total.Calls, report.Total.Cost));
        Assert.Equal(700, await again.ReadAsync(new(), Stop).CountAsync(Stop));
    }

    [Fact]
    public async Task Import_that_ended_between_sums_and_records_counts_nothing_twice_when_it_is_run_again()
    {
        var lines = Enumerable.Range(0, 20).Select(n => Calls.Make(input: n, at: Now)).Select(call => UsageRecordJson.Line(UsageRecord.Of(in call))).ToArray();
        await using var records = await RecordReader.OpenAsync(Address, null, create: true, Stop);
        await records.ImportAsync(Join(lines), book: true, Stop);
        await records.ClearAsync(Stop);
        Assert.Equal(new ImportResult(20, 20, 0, 0), await records.ImportAsync(Join(lines), book: true, Stop));
        Assert.Equal(20, (await ReportAsync()).Total.Calls);
    }

    [Fact]
    public async Task Calls_that_the_ledger_saw_itself_are_not_booked_again()
    {
        var hub = new UsageHub();
        await using var exporter = CostExporterHost.Start(options => (options.Store, options.Hub) = (Address, hub));
        var seen = Calls.Make(at: Now);
        var other = Calls.Make(at: Now);
        hub.Publish(in seen);
        await exporter.FlushAsync(Stop);
        var lines = Join([UsageRecordJson.Line(UsageRecord.Of(in seen)), UsageRecordJson.Line(UsageRecord.Of(in other))]);
        Assert.Equal(new ImportResult(2, 1, 1, 0), await exporter.Records!.ImportAsync(lines, book: true, Stop));
        Assert.Equal(2, (await ReportAsync()).Total.Calls);
    }

    [Fact]
    public async Task Without_booking_sums_stay_as_they_are()
    {
        await using var records = await RecordReader.OpenAsync(Address, null, create: true, Stop);
        var call = Calls.Make(at: Now);
        Assert.Equal(new ImportResult(1, 1, 0, 0), await records.ImportAsync(Join([UsageRecordJson.Line(UsageRecord.Of(in call))]), cancellationToken: Stop));
        Assert.Equal(0, (await ReportAsync()).Total.Calls);
    }

    [Fact]
    public async Task Line_that_is_no_record_is_named_by_its_number_and_nothing_is_changed()
    {
        await using var records = await RecordReader.OpenAsync(Address, null, create: true, Stop);
        var call = Calls.Make(at: Now);
        var good = UsageRecordJson.Line(UsageRecord.Of(in call));
        foreach (var (bad, says) in new[] { ("{}", "'id' is missing"), (new string('x', 2_000_000), "longer than a megabyte"), ("{\"version\":9}", "'version' is 9") })
        {
            var refusal = await Assert.ThrowsAsync<FormatException>(() => records.ImportAsync(Join([good, [], Encoding.UTF8.GetBytes(bad), good]), book: true, Stop));
            Assert.StartsWith("Line 3 is no record: ", refusal.Message, StringComparison.Ordinal);
            Assert.Contains(says, refusal.Message, StringComparison.Ordinal);
        }

        Assert.Empty((await records.QueryAsync(new(), Stop)).Records);
    }

    private async Task<UsageReport> ReportAsync()
    {
        await using var reports = await UsageReports.OpenAsync(Address, cancellationToken: Stop);
        return await reports.QueryAsync(new UsageReportQuery { From = reports.Today.AddDays(-2), To = reports.Today }, Stop);
    }

    private static MemoryStream Join(byte[][] lines) => new([.. lines.SelectMany(line => line.Append((byte)'\n'))]);

    private sealed class OneWay(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;
    }
}
