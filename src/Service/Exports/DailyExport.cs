using LlmTelemetry.CostExporter;
using Microsoft.Extensions.Hosting;

namespace LlmTelemetry.Service;

/// <summary>
/// Writes each closed day of the ledger's zone to a file of its own, once: a day whose file is there is done. Days that were missed, since the earliest file of
/// the last month, come first. Goes on until it is stopped, whatever goes wrong meanwhile.
/// </summary>
internal sealed class DailyExport(DailyLedgerExport ledger, ExportFile file, TimeProvider time, TextWriter log, TimeSpan delay) : BackgroundService
{
    private const int DaysBack = 31;

    private static readonly TimeSpan FirstRetry = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromMinutes(15);

    /// <summary>Runs until it is cancelled, which throws.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        for (var failures = 0; ;)
        {
            TimeSpan wait;
            try
            {
                wait = await ExportMissingAsync(cancellationToken).ConfigureAwait(false);
                failures = 0;
            }
            catch (Exception cause) when (!cancellationToken.IsCancellationRequested) // It must run on: what failed is tried again.
            {
                wait = FirstRetry * Math.Pow(2, Math.Min(failures++, 10));
                wait = wait < LongestRetry ? wait : LongestRetry;
                await log.WriteLineAsync($"llmtelemetry: {cause.GetType().Name}: {cause.Message.ReplaceLineEndings(" ")} Tried again in {wait}.").ConfigureAwait(false);
            }

            await Task.Delay(wait, time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => RunAsync(stoppingToken);

    // Returns how long until another day is closed.
    private async Task<TimeSpan> ExportMissingAsync(CancellationToken cancellationToken)
    {
        var zone = await ledger.TimeZoneAsync(cancellationToken).ConfigureAwait(false);
        var last = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(time.GetUtcNow() - delay, zone).DateTime).AddDays(-1);
        foreach (var day in Missing(last))
        {
            using var silent = new ExportProgress(TextWriter.Null, isShown: false, time);
            var path = PathOf(day);
            await ExportFile.WriteAsync(path, stream => ledger.WriteAsync(day, zone, stream, silent, cancellationToken), cancellationToken).ConfigureAwait(false);
            await log.WriteLineAsync(FormattableString.Invariant($"{day:yyyy-MM-dd}: {silent.Rows} rows are in {path}.")).ConfigureAwait(false);
        }

        var next = ReportPlan.StartOf(last.AddDays(2), zone, latest: true) + delay - time.GetUtcNow();
        return next > TimeSpan.Zero ? next : FirstRetry;
    }

    private IEnumerable<DateOnly> Missing(DateOnly last)
    {
        DateOnly[] days = [.. Enumerable.Range(0, DaysBack).Select(ago => last.AddDays(ago + 1 - DaysBack))];
        var first = Array.FindIndex(days, day => File.Exists(PathOf(day)));
        return first < 0 ? [last] : days.Skip(first).Where(day => !File.Exists(PathOf(day)));
    }

    private string PathOf(DateOnly day) => file.Of(day.ToDateTime(TimeOnly.MinValue));
}
