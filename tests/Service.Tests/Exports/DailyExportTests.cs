using System.Text.Json;
using LlmTelemetry.CostExporter;
using LlmTelemetry.TestKit;

namespace LlmTelemetry.Service.Tests.Exports;

public sealed class DailyExportTests : IDisposable
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("llmtelemetry-daily-");
    private readonly ManualTime _time = new();
    private readonly StringWriter _log = new();

    private string Store => "sqlite:" + Path.Combine(_folder.FullName, "ledger.db");

    private string[] Files => [.. _folder.GetFiles("u-*").Select(file => file.Name).Order(StringComparer.Ordinal)];

    public void Dispose()
    {
        _folder.Delete(recursive: true);
        _log.Dispose();
    }

    [Fact]
    public async Task Yesterday_is_written_once_and_each_day_when_it_is_closed()
    {
        await Ledger.FillAsync(Store, null, Ledger.Call("ada", at: Noon.AddDays(-2)), Ledger.Call("ada", at: Noon.AddDays(-1)), Ledger.Call("ada", 3_000));
        using var stopping = new CancellationTokenSource();
        var running = Export().RunAsync(stopping.Token);
        await UntilAsync(() => Files.SequenceEqual(["u-2026-11-21.csv"]));
        File.WriteAllText(Path.Combine(_folder.FullName, "u-2026-11-21.csv"), "left as it is");

        // Four minutes past midnight what exporters still hold may not have arrived.
        _time.Advance(TimeSpan.FromHours(12) + TimeSpan.FromMinutes(4));
        Assert.Single(Files);
        _time.Advance(TimeSpan.FromMinutes(1));
        await UntilAsync(() => Files.SequenceEqual(["u-2026-11-21.csv", "u-2026-11-22.csv"]));

        await stopping.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.Equal("left as it is", File.ReadAllText(Path.Combine(_folder.FullName, "u-2026-11-21.csv")));
        Assert.Contains("2026-11-22,ada,1,", File.ReadAllText(Path.Combine(_folder.FullName, "u-2026-11-22.csv")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Missed_days_are_caught_up_and_gaps_filled()
    {
        await Ledger.FillAsync(Store, null, Ledger.Call("ada", at: Noon.AddDays(-1)));
        File.WriteAllText(Path.Combine(_folder.FullName, "u-2026-11-17.csv"), "");
        File.WriteAllText(Path.Combine(_folder.FullName, "u-2026-11-19.csv"), "");

        await RunUntilAsync(() => Files.Length == 5);

        Assert.Equal(["u-2026-11-17.csv", "u-2026-11-18.csv", "u-2026-11-19.csv", "u-2026-11-20.csv", "u-2026-11-21.csv"], Files);
    }

    [Fact]
    public async Task Days_are_those_of_the_ledgers_zone()
    {
        // 21:00 UTC on the 20th is the 21st in Kolkata, as is noon of the 21st.
        await Ledger.FillAsync(Store, options => options.TimeZone = TimeZoneInfo.FindSystemTimeZoneById("Asia/Kolkata"), Ledger.Call("ada", at: Noon.AddDays(-2).AddHours(9)), Ledger.Call("ada", at: Noon.AddDays(-1)));

        await RunUntilAsync(() => Files.Length == 1, what: "records");

        Assert.Equal(3, File.ReadAllLines(Path.Combine(_folder.FullName, "u-2026-11-21.csv")).Length);
    }

    [Fact]
    public async Task Ledger_that_is_not_there_yet_is_waited_for()
    {
        await RunUntilAsync(
            () => Files.Length == 1,
            whileRunning: async () =>
            {
                await UntilAsync(() => _log.ToString().Contains("Tried again in 00:01:00", StringComparison.Ordinal));
                await Ledger.FillAsync(Store, null, Ledger.Call("ada", at: Noon.AddDays(-1)));
                _time.Advance(TimeSpan.FromMinutes(1));
            });
    }

    [Fact]
    public async Task Webhook_gets_totals_of_closed_days_and_months_without_users()
    {
        using var receiver = new ScriptedEndpoint().Json("{}", 503).Json("{}").Json("{}");
        await Ledger.FillAsync(Store, null, Ledger.Call("ada", 3_000, at: Noon.AddDays(-22)), Ledger.Call("ada", at: Noon.AddDays(-23)));

        // As if the last of October had been missed.
        for (var day = 1; day <= 22; day++)
        {
            File.WriteAllText(Path.Combine(_folder.FullName, $"u-2026-11-{day:00}.csv"), "");
        }

        File.WriteAllText(Path.Combine(_folder.FullName, "u-2026-10-30.csv"), "");
        await RunUntilAsync(() => Files.Contains("u-2026-10-31.csv"), webhook: receiver.Address, whileRunning: async () =>
        {
            await UntilAsync(() => !receiver.Requests.IsEmpty);
            await UntilAsync(() =>
            {
                _time.Advance(TimeSpan.FromSeconds(1));
                return receiver.Requests.Count == 3;
            });
        });

        var bodies = receiver.Requests.Select(body => JsonDocument.Parse(body).RootElement).ToArray();
        Assert.Equal(["day", "day", "month"], bodies.Select(body => body.GetProperty("period").GetString()));
        Assert.Equal([0.009m, 0.009m, 0.012m], bodies.Select(body => body.GetProperty("report").GetProperty("total").GetProperty("cost").GetDecimal()));
        Assert.Equal(receiver.Headers.Select(headers => headers["Idempotency-Key"]), bodies.Select(body => body.GetProperty("id").GetString()));
        Assert.Equal(2, receiver.Headers.Select(headers => headers["Idempotency-Key"]).Distinct().Count());
        Assert.DoesNotContain("\"ada\"", string.Concat(receiver.Requests), StringComparison.Ordinal); // Not without quotes: the id is hexadecimal.
    }

    private DailyExport Export(string what = "usage", Uri? webhook = null)
    {
        var options = new CostExporterOptions { Store = Store, TimeProvider = _time };
        var request = new ExportRequest(what, ExportFormat.Csv, Path.Combine(_folder.FullName, "u-{date}.csv"), [SpendDimension.User], [], Daily: true, TimeSpan.FromMinutes(5), webhook, new ReportColumns([], []));
        return new DailyExport(new DailyLedgerExport(options, request, null, webhook is null ? null : new Webhook(webhook, _time)), new ExportFile(request.Out!), _time, TextWriter.Synchronized(_log), request.Delay);
    }

    private async Task RunUntilAsync(Func<bool> isDone, string what = "usage", Uri? webhook = null, Func<Task>? whileRunning = null)
    {
        using var stopping = new CancellationTokenSource();
        var running = Export(what, webhook).RunAsync(stopping.Token);
        await (whileRunning?.Invoke() ?? Task.CompletedTask);
        await UntilAsync(isDone);
        await stopping.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    private static Task UntilAsync(Func<bool> condition) => Eventually.HoldsAsync(() => Task.FromResult(condition()), "the export is as far");
}
