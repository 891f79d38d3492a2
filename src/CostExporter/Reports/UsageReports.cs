using System.Runtime.CompilerServices;
using LlmTelemetry.Usage;

namespace LlmTelemetry.CostExporter;

/// <summary>The reading side of the ledger: what was used and spent, by whom, on what, when. Thread-safe.</summary>
public sealed class UsageReports : IAsyncDisposable, IDisposable
{
    private readonly ISpendStore _store;
    private readonly TimeProvider _time;
    private readonly bool _owns;
    private readonly LocalDays _days;
    private readonly HoursKept _hours;

    /// <param name="store">What to read.</param>
    /// <param name="timeZone">The store's zone.</param>
    /// <param name="time">The clock.</param>
    /// <param name="hourRetention">How long the store keeps hours; null: for ever.</param>
    /// <param name="owns">Whether to dispose the store.</param>
    internal UsageReports(ISpendStore store, TimeZoneInfo timeZone, TimeProvider time, TimeSpan? hourRetention = null, bool owns = false)
    {
        _days = new LocalDays(timeZone);
        _hours = new HoursKept(timeZone, time, hourRetention);
        _store = store;
        _time = time;
        _owns = owns;
        TimeZone = timeZone;
    }

    /// <summary>The zone whose days and months the ledger keeps.</summary>
    public TimeZoneInfo TimeZone { get; }

    /// <summary>The day that it is now in <see cref="TimeZone"/>.</summary>
    public DateOnly Today => DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(_time.GetUtcNow(), TimeZone).DateTime);

    /// <summary>The first day of which conversations and sessions are known from its beginning.</summary>
    internal DateOnly FirstDayOfHours => _hours.FirstDay;

    /// <summary>What is read: for what reports beside this one need of its hours.</summary>
    internal ISpendStore Store => _store;

    internal TimeProvider Time => _time;

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

    /// <summary>Adds up what is in the store. What an exporter still holds is not: flush it first where that matters.</summary>
    /// <exception cref="ArgumentException">
    /// The query contradicts itself, or asks for conversations or sessions before the hours that are still kept; the message says how.
    /// </exception>
    public async Task<UsageReport> QueryAsync(UsageReportQuery query, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        query.Check();
        _hours.Check(query);
        SpendDimension[] by = [.. query.By.Distinct()];
        string[] byTags = [.. query.ByTags.Distinct()];
        var sums = new ReportSums(by, byTags);
        await foreach (var (day, part) in PartsAsync(query, ofFigures: false, cancellationToken).ConfigureAwait(false))
        {
            if (query.Matches(part.Key))
            {
                sums.Add(part.Key, day, part.Measures);
            }
        }

        return sums.ToReport(query, TimeZone);
    }

    /// <summary>
    /// Says which users, features, models or other values cost the most. Of those three the store keeps lists, so that whole days and months are answered
    /// without reading what all of them used; exact either way.
    /// </summary>
    /// <param name="dimension">Of what. Not <see cref="SpendDimension.Day"/>.</param>
    /// <param name="from">The first day, in the ledger's time zone.</param>
    /// <param name="to">The last day, inclusive.</param>
    /// <param name="count">How many at most.</param>
    /// <param name="tenant">Only of this tenant; null: of all.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>
    /// A report by the dimension: the highest cost first, unknown cost last, ties in the order of their names (ordinal). Its total is that of everybody, and
    /// <see cref="UsageReport.Other"/> is what the others have of it. What did not say is a row as any other, without a name.
    /// </returns>
    /// <exception cref="ArgumentOutOfRangeException">The count is not positive.</exception>
    /// <exception cref="ArgumentException">As of <see cref="QueryAsync"/>, or the dimension is the day.</exception>
    public Task<UsageReport> TopAsync(
        SpendDimension dimension, DateOnly from, DateOnly to, int count, string? tenant = null, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        var query = new UsageReportQuery { From = from, To = to, By = [dimension] };
        query = tenant is null ? query : query with { Where = new Dictionary<SpendDimension, string?> { [SpendDimension.Tenant] = Attribution.Clean(tenant) } };
        query.Check();
        _hours.Check(query);
        return dimension != SpendDimension.Day
            ? new TopReports(_store, QueryAsync).ReadAsync(query, count, cancellationToken)
            : throw new ArgumentException("Days have an order of their own: ask for a report by day.", nameof(dimension));
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
        _hours.Check(query);
        var sums = new MetricSums(query);
        await foreach (var (day, part) in PartsAsync(query, ofFigures: true, cancellationToken).ConfigureAwait(false))
        {
            if (part.Key is { More.Parts.Metric: { } text } key && FigureName.Parse(text) is var name && (metric is null || name.Name == metric)
                && query.Matches(in key, tag => MetricSums.TagOf(name, in key, tag)))
            {
                sums.Add(name, in key, day, part.Measures);
            }
        }

        return new MetricReport(query, metric, TimeZone, sums);
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

    private async IAsyncEnumerable<(DateOnly Day, SpendAggregate Part)> PartsAsync(
        UsageReportQuery query, bool ofFigures, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var read in Reads(query, query.By.Contains(SpendDimension.Day)))
        {
            await foreach (var part in _store.ReadAsync(read with { OfFigures = ofFigures }, cancellationToken).ConfigureAwait(false))
            {
                var day = read.Grain == SpendGrain.Hour ? part.Day ?? _days.Of(part.Period).Day : DateOnly.FromDateTime(part.Period.UtcDateTime);
                if (read.Grain != SpendGrain.Hour || (day >= query.From && day <= query.To))
                {
                    yield return (day, part);
                }
            }
        }
    }

    private IEnumerable<SpendRead> Reads(UsageReportQuery query, bool byDay)
    {
        var needed = query.By.Concat(query.Where.Keys).Where(dimension => dimension != SpendDimension.Day).ToHashSet();
        string[] tags = [.. query.ByTags.Concat(query.WhereTags.Keys).Distinct()];
        return query.IsOfHours
            ? [ReportPlan.Hours(query.From, query.To, TimeZone, needed, tags)]
            : ReportPlan.Reads(query.From, query.To, byDay, needed, tags);
    }

    private async Task<SessionReport?> GetSessionAsync(SessionRead read, CancellationToken cancellationToken)
    {
        var found = await _store.ReadSessionsAsync(read, cancellationToken).ConfigureAwait(false);
        if (found.Count > 1)
        {
            var tenants = string.Join(", ", found.Select(one => one.Tenant ?? "(none)").Order(StringComparer.Ordinal));
            throw new InvalidOperationException($"The session '{read.Session}' is one of several tenants: {tenants}. Say whose.");
        }

        if (found is not [var stored])
        {
            return null;
        }

        SpendDimension[] by = [SpendDimension.Provider, SpendDimension.Model];
        var sums = new ReportSums(by, []);
        var (from, to) = (_days.Of(stored.FirstAt).Day, _days.Of(stored.LastAt).Day);
        foreach (var (key, measures) in stored.Rows)
        {
            sums.Add(in key, to, measures);
        }

        var where = new Dictionary<SpendDimension, string?> { [SpendDimension.Session] = read.Session, [SpendDimension.Tenant] = stored.Tenant };
        return new SessionReport(read.Session, stored, sums.ToReport(new UsageReportQuery { From = from, To = to, By = by, Where = where }, TimeZone));
    }
}
