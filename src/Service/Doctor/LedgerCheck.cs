using LlmTelemetry.CostExporter;

namespace LlmTelemetry.Service;

/// <summary>Checks the store: that it answers, is the ledger's, takes writes, and what it says of itself.</summary>
internal sealed class LedgerCheck(CostExporterOptions options, TimeProvider time)
{
    private const int NotablePercent = 1;

    // A clock this far off books calls in another hour for a while; this far, it does so all the time.
    private static readonly TimeSpan NotableSkew = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan WrongSkew = TimeSpan.FromMinutes(10);

    public async Task RunAsync(List<Finding> findings, CancellationToken cancellationToken)
    {
        UsageReports reports;
        try
        {
            reports = await LedgerReader.OpenAsync(options, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception cause) when (!cancellationToken.IsCancellationRequested) // Whatever it is: it is what was asked for.
        {
            findings.Add(Finding.Fail("store", cause is FileNotFoundException or KeyNotFoundException
                ? $"{cause.Message} Start an application with AddCostExporter or the service (llmtelemetry serve), or name the store that it uses: LlmTelemetry__Store, --store."
                : $"{cause.Message} Until it answers, exporters keep in memory what is spent."));
            return;
        }

        await using (reports.ConfigureAwait(false))
        {
            findings.Add(Finding.Ok("store", $"It answers, and keeps days of {reports.TimeZone.Id}."));
            await AddAsync(findings, "writes", () => WritesAsync(cancellationToken), cancellationToken).ConfigureAwait(false);
            await AddAsync(findings, "server", () => StatusAsync(findings, cancellationToken), cancellationToken).ConfigureAwait(false);
            await AddAsync(findings, "unpriced", () => UnpricedAsync(reports, cancellationToken), cancellationToken).ConfigureAwait(false);
            await AddAsync(findings, "records", () => RecordsAsync(cancellationToken), cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task AddAsync(List<Finding> findings, string check, Func<Task<Finding>> find, CancellationToken cancellationToken)
    {
        try
        {
            findings.Add(await find().ConfigureAwait(false));
        }
        catch (Exception cause) when (!cancellationToken.IsCancellationRequested) // One check that cannot be made must not keep from the others.
        {
            findings.Add(Finding.Fail(check, $"{cause.GetType().Name}: {cause.Message}"));
        }
    }

    private async Task<Finding> WritesAsync(CancellationToken cancellationToken) =>
        await LedgerStore.ProveAsync(options, cancellationToken).ConfigureAwait(false) is { } schema
            ? Finding.Warn("writes", $"Not tried: the store is of schema {schema}, which an earlier version wrote and an exporter of this one raises.")
            : Finding.Ok("writes", "A write reached the store, and left nothing.");

    private async Task<Finding> StatusAsync(List<Finding> findings, CancellationToken cancellationToken)
    {
        var (store, _) = await LedgerStore.OpenAsync(options, cancellationToken).ConfigureAwait(false);
        await using (store.ConfigureAwait(false))
        {
            findings.AddRange(Exporters(await store.ReadBeatsAsync(cancellationToken).ConfigureAwait(false), time.GetUtcNow()));
            var before = time.GetUtcNow();
            var status = await store.StatusAsync(cancellationToken).ConfigureAwait(false);
            var after = time.GetUtcNow();
            if (status is null)
            {
                return Finding.Ok("server", "It says nothing of itself.");
            }

            findings.AddRange(status.Concerns.Select(concern => Finding.Warn("server", concern)));
            if (status.Clock is { } clock)
            {
                findings.Add(Clock(clock - (before + ((after - before) / 2))));
            }

            return Finding.Ok("server", FormattableString.Invariant($"{status.Kind}, schema {status.Schema}{(status.Bytes is { } bytes ? $", {bytes / 1e6:0.0} MB" : "")}."));
        }
    }

    private static IEnumerable<Finding> Exporters(IReadOnlyList<ExporterBeat> beats, DateTimeOffset now)
    {
        var died = beats.Where(beat => now - beat.At > BeatText.Overdue(beat)).ToArray();
        foreach (var beat in died)
        {
            var lost = beat.Journal ? "What it held is in its journal: start it again, and it is sent." : $"What it recorded since then, at most {beat.Interval} of it at a time, is lost: LlmTelemetry__Journal keeps it.";
            yield return Finding.Warn("exporters", $"Process {beat.ProcessId} on {beat.Host} has said nothing since {beat.At.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC, and not that it ended. {lost}");
        }

        if (died.Length == 0)
        {
            yield return Finding.Ok("exporters", FormattableString.Invariant($"{beats.Count} live, none died without saying so."));
        }
    }

    private static Finding Clock(TimeSpan skew)
    {
        var off = FormattableString.Invariant($"This machine's clock and the store's are {skew.Duration().TotalSeconds:0.0} s apart");
        return skew.Duration() >= WrongSkew ? Finding.Fail("clock", $"{off}: calls are booked in wrong hours, and rows may expire at once. Set both by NTP.")
            : skew.Duration() >= NotableSkew ? Finding.Warn("clock", $"{off}: calls around a full hour may be booked beside it. Set both by NTP.")
            : Finding.Ok("clock", $"{off}.");
    }

    private static async Task<Finding> UnpricedAsync(UsageReports reports, CancellationToken cancellationToken)
    {
        var today = reports.Today;
        var total = (await reports.QueryAsync(new UsageReportQuery { From = new DateOnly(today.Year, today.Month, 1), To = today }, cancellationToken).ConfigureAwait(false)).Total;
        var (calls, unpriced) = (total.Measures[SpendMeasure.Calls], total.Measures[SpendMeasure.Unpriced]);
        return unpriced * 100 > calls * NotablePercent
            ? Finding.Warn("unpriced", $"{unpriced} of {calls} calls of this month have no price: the cost is without them. llmtelemetry report --by provider,model shows which; LlmTelemetry__Prices or llmtelemetry prices update gives them one.")
            : Finding.Ok("unpriced", $"{unpriced} of {calls} calls of this month have no price.");
    }

    private async Task<Finding> RecordsAsync(CancellationToken cancellationToken)
    {
        if (await RecordsDoor.TryOpenAsync(options, cancellationToken).ConfigureAwait(false) is not { } records)
        {
            return Finding.Ok("records", "There are none that can be read from here.");
        }

        await using (records.ConfigureAwait(false))
        {
            var page = await records.QueryAsync(new UsageRecordQuery { PageSize = 1 }, cancellationToken).ConfigureAwait(false);
            return Finding.Ok("records", page.Records is [var last] ? FormattableString.Invariant($"The last call ended at {last.EndedAt:u}.") : "There are none yet.");
        }
    }
}
