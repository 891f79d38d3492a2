using System.Runtime.CompilerServices;
using LlmTelemetry.Usage;

namespace LlmTelemetry.CostExporter;

/// <summary>The reading side of the ledger: what was used and spent, by whom, on what, when. Thread-safe.</summary>
public sealed class UsageReports : IAsyncDisposable, IDisposable
{
    private readonly ISpendStore _store;
    private readonly TimeProvider _time;
    private readonly bool _owns;
    private readonly KeptSpend _kept;

    /// <param name="store">What to read.</param>
    /// <param name="timeZone">The store's zone.</param>
    /// <param name="time">The clock.</param>
    /// <param name="keeps">What the ledger keeps; null: everything, for ever.</param>
    /// <param name="owns">Whether to dispose the store.</param>
    internal UsageReports(ISpendStore store, TimeZoneInfo timeZone, TimeProvider time, StoreKeeps? keeps = null, bool owns = false)
    {
        _kept = new KeptSpend(timeZone, time, keeps);
        _store = store;
        _time = time;
        _owns = owns;
        TimeZone = timeZone;
    }

    /// <summary>Which parts of the ledger are kept.</summary>
    internal LedgerParts Parts { get; init; } = LedgerParts.All;

    /// <summary>The zone whose days and months the ledger keeps.</summary>
    public TimeZoneInfo TimeZone { get; }

    /// <summary>The day that it is now in <see cref="TimeZone"/>.</summary>
    public DateOnly Today => TodayIn(TimeZone);

    /// <summary>The first day of which every hour is still kept: how far back conversations and sessions reach.</summary>
    internal DateOnly FirstDayOfHours => FirstDayOfHoursIn(TimeZone);

    /// <summary>The same of a day of another zone.</summary>
    internal DateOnly FirstDayOfHoursIn(TimeZoneInfo zone) => _kept.FirstDayOfHours(zone);

    /// <summary>Whether a zone's days are those that the ledger keeps.</summary>
    internal bool IsOwn(TimeZoneInfo zone) => ReportRange.IsSame(zone, TimeZone);

    internal DateOnly TodayIn(TimeZoneInfo zone) => ReportPlan.DayOf(_time.GetUtcNow(), zone);

    /// <summary>What is read: for what reports beside this one need of its hours.</summary>
    internal ISpendStore Store => _store;

    internal TimeProvider Time => _time;

    internal KeptSpend Kept => _kept;

    /// <summary>Opens a ledger for reading, without an exporter: nothing is written. Its own time zone is used.</summary>
    /// <param name="store">Its address; see <see cref="CostExporterOptions.Store"/> for the forms.</param>
    /// <param name="configure">
    /// Sets the key prefix, the clock and the time limit, where they are not the default ones. A time zone other than UTC must be the ledger's.
    /// </param>
    /// <param name="cancellationToken">Stops the opening.</param>
    /// <exception cref="FormatException">The address is none.</exception>
    /// <exception cref="FileNotFoundException">There is no such SQLite file, or it is empty; it is not made.</exception>
    /// <exception cref="KeyNotFoundException">Nothing was recorded in that Redis under that key prefix yet.</exception>
    /// <exception cref="InvalidOperationException">What is there is not a ledger, or not one that this version reads; the message says why.</exception>
    public static Task<UsageReports> OpenAsync(string store, Action<CostExporterOptions>? configure = null, CancellationToken cancellationToken = default)
    {
        var options = new CostExporterOptions { Store = store };
        configure?.Invoke(options);
        return LedgerReader.OpenAsync(options, cancellationToken);
    }

    /// <summary>The same for a store that the options name: <see cref="CostExporterOptions.Store"/> or <see cref="CostExporterOptions.UseStore"/>.</summary>
    /// <param name="configure">Sets the store, and what else is not the default.</param>
    /// <param name="cancellationToken">Stops the opening.</param>
    public static Task<UsageReports> OpenAsync(Action<CostExporterOptions> configure, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(configure);
        var options = new CostExporterOptions();
        configure(options);
        return LedgerReader.OpenAsync(options, cancellationToken);
    }

    /// <summary>Asks for the current day, whole: the report's <see cref="UsageReport.Period"/> says how much of it has passed.</summary>
    /// <param name="timeZone">Whose day; null: the ledger's zone. See <see cref="UsageReportQuery.TimeZone"/>.</param>
    public UsageReportQuery ThisDay(TimeZoneInfo? timeZone = null)
    {
        var today = TodayIn(timeZone ?? TimeZone);
        return Days(today, today, timeZone);
    }

    /// <summary>Asks for the current month, whole.</summary>
    /// <inheritdoc cref="ThisDay" path="/param"/>
    public UsageReportQuery ThisMonth(TimeZoneInfo? timeZone = null)
    {
        var today = TodayIn(timeZone ?? TimeZone);
        return Days(new DateOnly(today.Year, today.Month, 1), new DateOnly(today.Year, today.Month, DateTime.DaysInMonth(today.Year, today.Month)), timeZone);
    }

    /// <summary>Asks for the current year, whole.</summary>
    /// <inheritdoc cref="ThisDay" path="/param"/>
    public UsageReportQuery ThisYear(TimeZoneInfo? timeZone = null)
    {
        var year = TodayIn(timeZone ?? TimeZone).Year;
        return Days(new DateOnly(year, 1, 1), new DateOnly(year, 12, 31), timeZone);
    }

    /// <summary>
    /// Asks for the time up to now: of whole UTC hours, from that in which it began to the current one, where the ledger still has these hours; else of whole
    /// days. So it is at least as long as asked, and the report's <see cref="UsageReport.Period"/> says since when.
    /// </summary>
    /// <param name="span">How long; at least an hour.</param>
    /// <param name="timeZone">The zone of the days; null: the ledger's. See <see cref="UsageReportQuery.TimeZone"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is less than an hour, or longer ago than there are days.</exception>
    public UsageReportQuery Last(TimeSpan span, TimeZoneInfo? timeZone = null)
    {
        var now = _time.GetUtcNow();
        if (span < TimeSpan.FromHours(1) || span > now - DateTimeOffset.MinValue.AddDays(2))
        {
            throw new ArgumentOutOfRangeException(nameof(span), span, "It must be from an hour to as long as there are days.");
        }

        var zone = timeZone ?? TimeZone;
        var query = Days(ReportPlan.DayOf(now - span, zone), ReportPlan.DayOf(now, zone), timeZone);
        return ReportPlan.HourOf(now - span) is var since && since >= _kept.FirstHour ? query with { Since = since, Until = ReportPlan.HourOf(now).AddHours(1) } : query;
    }

    /// <summary>Adds up what is in the store. What an exporter still holds is not: flush it first where that matters.</summary>
    /// <exception cref="ArgumentException">
    /// The query contradicts itself, or asks for what is not kept any more or cannot be told from hours; the message says how. What is kept in part is
    /// answered, and <see cref="UsageReport.CompleteSince"/> says so.
    /// </exception>
    /// <exception cref="InvalidOperationException">Nothing was found, and the ledger keeps no sums (<see cref="CostExporterOptions.Aggregates"/>).</exception>
    public async Task<UsageReport> QueryAsync(UsageReportQuery query, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        query.Check();
        var range = new ReportRange(query, TimeZone, _kept, _time.GetUtcNow());
        var sums = new ReportSums(query, _kept);
        if (!await new TopLists(_store, QueryAsync).AddAsync(query, range, sums, cancellationToken).ConfigureAwait(false))
        {
            await AddAsync(query, range, sums, cancellationToken).ConfigureAwait(false);
        }

        var report = sums.ToReport(range.Period, range.CompleteSince);
        Parts.CheckSums(isEmpty: report.Total.Measures.Count == 0);
        return report;
    }

    /// <summary>Adds up further figures (<c>UsageMeter.RecordMetric</c>, a session's duration) in the store, each metric by itself.</summary>
    /// <param name="query">
    /// What the report is about. A tag is the metric's own, else one of <see cref="CostExporterOptions.Tags"/>. No provider, model or operation: figures
    /// are of none.
    /// </param>
    /// <param name="metric">The metric's name; null: all metrics.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="ArgumentException">As of <see cref="QueryAsync"/>, or the query names what figures do not have.</exception>
    public async Task<MetricReport> QueryMetricsAsync(UsageReportQuery query, string? metric = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        query.Check();
        query.CheckForFigures();
        var range = new ReportRange(query, TimeZone, _kept, _time.GetUtcNow());
        var sums = new MetricSums(query);
        await foreach (var (day, part) in PartsAsync(query, range, ofFigures: true, cancellationToken).ConfigureAwait(false))
        {
            if (part.Key is { More.Parts.Metric: { } text } key && FigureName.Parse(text) is var name && (metric is null || name.Name == metric)
                && query.Matches(in key, _kept, tag => MetricSums.TagOf(name, in key, tag)))
            {
                sums.Add(name, in key, day, part.Measures);
            }
        }

        var report = new MetricReport(query, metric, range.Period, sums) { CompleteSince = range.CompleteSince };
        Parts.CheckSums(isEmpty: report.Totals.Count == 0);
        return report;
    }

    /// <summary>
    /// Reads what a session used and spent so far, also while another process runs it: as far as that has flushed. One read, whatever else the
    /// ledger holds. Sessions are kept for <see cref="CostExporterOptions.HourRetention"/> from when something was last added to them.
    /// </summary>
    /// <param name="session">The session's id.</param>
    /// <param name="tenant">Whose session it is; null: one whose calls named no tenant.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>Null where there is no such session.</returns>
    public async Task<SessionReport?> GetSessionAsync(string session, string? tenant, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(session);
        return await GetSessionAsync(new SessionRead(Attribution.Clean(session)!, AnyTenant: false, Attribution.Clean(tenant)), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The same, whoever's session it is: looks it up once for each tenant.</summary>
    /// <exception cref="InvalidOperationException">Several tenants have a session of this id; the message names them.</exception>
    public async Task<SessionReport?> GetSessionAsync(string session, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(session);
        return await GetSessionAsync(new SessionRead(Attribution.Clean(session)!, AnyTenant: true), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Closes a ledger that was opened for reading; an exporter's own stays open.</summary>
    public ValueTask DisposeAsync() => _owns ? _store.DisposeAsync() : ValueTask.CompletedTask;

    /// <summary>The same as <see cref="DisposeAsync"/>, for callers that cannot await.</summary>
    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    private static UsageReportQuery Days(DateOnly from, DateOnly to, TimeZoneInfo? timeZone) => new() { From = from, To = to, TimeZone = timeZone };

    private async Task AddAsync(UsageReportQuery query, ReportRange range, ReportSums sums, CancellationToken cancellationToken)
    {
        await foreach (var (day, part) in PartsAsync(query, range, ofFigures: false, cancellationToken).ConfigureAwait(false))
        {
            if (query.Matches(part.Key, _kept))
            {
                sums.Add(part.Key, day, part.Measures);
            }
        }

        if (query.IsOfSessions)
        {
            await foreach (var (day, part) in PartsAsync(query, range, ofFigures: true, cancellationToken).ConfigureAwait(false))
            {
                if (part.Key.More?.Parts.Metric is { } text && FigureName.Parse(text).Name == Vocabulary.Figures.SessionDuration && query.Matches(part.Key, _kept))
                {
                    sums.AddSessions(part.Key, day, part.Measures);
                }
            }
        }
    }

    private async IAsyncEnumerable<(DateOnly Day, SpendAggregate Part)> PartsAsync(
        UsageReportQuery query, ReportRange range, bool ofFigures, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var needed = query.Needed();
        if (ofFigures)
        {
            needed.RemoveWhere(dimension => !dimension.IsOfFigures());
        }

        string[] tags = [.. query.ByTags.Concat(query.WhereTags.Keys).Distinct()];
        var reads = await CorrectedReads.BeginAsync(_store, cancellationToken).ConfigureAwait(false);
        foreach (var read in range.Reads(needed, tags))
        {
            await foreach (var part in reads.ReadAsync(read with { OfFigures = ofFigures }, cancellationToken).ConfigureAwait(false))
            {
                if (range.DayOf(read.Grain, in part) is { } day)
                {
                    yield return (day, part);
                }
            }
        }
    }

    private async Task<SessionReport?> GetSessionAsync(SessionRead read, CancellationToken cancellationToken)
    {
        var found = await _store.ReadSessionsAsync(read, cancellationToken).ConfigureAwait(false);
        if (found.Count > 1)
        {
            var tenants = string.Join(", ", found.Select(one => one.Tenant ?? "(none)").Order(StringComparer.Ordinal));
            throw new InvalidOperationException($"The session '{read.Session}' is one of several tenants: {tenants}. Say whose.");
        }

        Parts.CheckSession(isFound: found.Count != 0);
        if (found is not [var stored])
        {
            return null;
        }

        var (from, to) = (ReportPlan.DayOf(stored.FirstAt, TimeZone), ReportPlan.DayOf(stored.LastAt, TimeZone));
        var where = new Dictionary<SpendDimension, string?> { [SpendDimension.Session] = read.Session, [SpendDimension.Tenant] = stored.Tenant };
        var query = Days(from, to, null) with { By = [SpendDimension.Provider, SpendDimension.Model], Where = where };
        var sums = new ReportSums(query, _kept);
        foreach (var (key, measures) in stored.Rows)
        {
            sums.Add(in key, to, measures);
        }

        return new SessionReport(read.Session, stored, sums.ToReport(ReportRange.PeriodOf(from, to, TimeZone, _time.GetUtcNow())));
    }
}
