using System.Globalization;
using LlmTelemetry.Usage;

namespace LlmTelemetry.CostExporter;

/// <summary>What a report is about.</summary>
public sealed record UsageReportQuery
{
    /// <summary>The first day, in <see cref="TimeZone"/>.</summary>
    public required DateOnly From { get; init; }

    /// <summary>The last day, inclusive.</summary>
    public required DateOnly To { get; init; }

    /// <summary>
    /// The zone of the days; null: the ledger's own. Days of another zone are made of hour rows: they reach back as far as
    /// <see cref="CostExporterOptions.HourRetention"/>, and the zone's days must begin on a UTC hour (not so in +5:30, unless it is the ledger's own).
    /// </summary>
    public TimeZoneInfo? TimeZone { get; init; }

    /// <summary>
    /// Of a query by <see cref="UsageReports.Last"/>: the UTC hour that it begins with, in place of <see cref="From"/>. Null: it is of whole days.
    /// </summary>
    public DateTimeOffset? Since { get; internal init; }

    /// <summary>Where there is <see cref="Since"/>: the end of the last hour, exclusive.</summary>
    public DateTimeOffset? Until { get; internal init; }

    /// <summary>What the rows are apart by, in the order of the columns; empty: the total alone.</summary>
    public IReadOnlyList<SpendDimension> By { get; init; } = [];

    /// <summary>
    /// Only calls whose dimension has exactly this value; null: only calls that did not say. All of them must hold. Not for
    /// <see cref="SpendDimension.Day"/>, which <see cref="From"/> and <see cref="To"/> choose.
    /// </summary>
    public IReadOnlyDictionary<SpendDimension, string?> Where { get; init; } = new Dictionary<SpendDimension, string?>();

    /// <summary>Tags that the rows are apart by as well, in columns behind those of <see cref="By"/>. Kept are those of <see cref="CostExporterOptions.Tags"/>; any other is null everywhere.</summary>
    public IReadOnlyList<string> ByTags { get; init; } = [];

    /// <summary>Only calls whose tag has exactly this value; null: only calls without it. All of them must hold.</summary>
    public IReadOnlyDictionary<string, string?> WhereTags { get; init; } = new Dictionary<string, string?>();

    /// <summary>Only calls that were completed, or only calls that were not; null: all. The ledger must keep <see cref="SpendDimension.Outcome"/>.</summary>
    public bool? Succeeded { get; init; }

    /// <summary>
    /// How many rows at most: what is not among the first is summed in one more (<see cref="UsageReportRow.IsOther"/>), so that the rows add up to the
    /// total. By day: those that are first in the whole range, on each day. Null: all. Which users, models or features cost the most, on whole days and
    /// months, of all tenants or of one, is read from lists that stores keep, without adding up what all of them used.
    /// </summary>
    public int? Top { get; init; }

    /// <summary>The order of the rows. Default: the highest cost first.</summary>
    public UsageReportSort Sort { get; init; }

    /// <summary>
    /// Whether to count sessions as well (<see cref="UsageReportRow.Sessions"/>), each once, when it ended. Sessions are of no provider, model, operation,
    /// outcome, quality or price version: rows by these do not know them, nor does a report that is filtered by one. Default: false.
    /// </summary>
    public bool Sessions { get; init; }

    /// <summary>
    /// The same of APIs that are no models (<c>UsageMeter.RecordApi</c>), first by their keys, which are providers here: <see cref="UsageReportRow.UsageOf"/>
    /// has their requests and bytes. The ledger must keep <see cref="SpendDimension.Operation"/>.
    /// </summary>
    public UsageReportQuery OfApis() => this with
    {
        By = [SpendDimension.Provider, .. By],
        Where = new Dictionary<SpendDimension, string?>(Where) { [SpendDimension.Operation] = Vocabulary.GenAi.OperationApi },
    };

    /// <summary>Whether only hour rows can answer it.</summary>
    internal bool IsOfHours => By.Concat(Where.Keys).Any(dimension => dimension.IsOfHours());

    /// <summary>What must be told apart to answer it.</summary>
    internal HashSet<SpendDimension> Needed() =>
        [.. By.Concat(Where.Keys).Where(dimension => dimension != SpendDimension.Day), .. Succeeded is null ? Array.Empty<SpendDimension>() : [SpendDimension.Outcome]];

    /// <summary>Whether sessions can be told by what it filters by.</summary>
    internal bool IsOfSessions => Sessions && Succeeded is null && Where.Keys.All(SpendDimensions.IsOfFigures);

    internal bool Matches(in SpendKey key, KeptSpend kept)
    {
        return WhereTags.Count == 0 ? Matches(in key, kept, static _ => null) : Matches(in key, kept, TagsOf(key.More));

        // Apart, so that a row makes an object for it only where tags are asked for.
        static Func<string, string?> TagsOf(SpendKeyMore? more) => tag => more?.Tag(tag);
    }

    /// <param name="key">The row's key.</param>
    /// <param name="kept">What the ledger keeps.</param>
    /// <param name="tagOf">Says the values of the row's tags.</param>
    internal bool Matches(in SpendKey key, KeptSpend kept, Func<string, string?> tagOf)
    {
        if (Succeeded is { } succeeded && (kept.Of(SpendDimension.Outcome, in key) is not { } outcome || (outcome == Vocabulary.Outcomes.Completed) != succeeded))
        {
            return false;
        }

        // Values are compared as they are kept: one that is over-long was cut.
        foreach (var (dimension, value) in Where)
        {
            if (kept.Of(dimension, in key) != Attribution.Clean(value))
            {
                return false;
            }
        }

        foreach (var (tag, value) in WhereTags)
        {
            if (tagOf(tag) != Attribution.Clean(value))
            {
                return false;
            }
        }

        return true;
    }

    /// <exception cref="ArgumentException">It names what further figures do not have.</exception>
    internal void CheckForFigures()
    {
        foreach (var dimension in By.Concat(Where.Keys))
        {
            if (!dimension.IsOfFigures())
            {
                throw new ArgumentException($"Metrics are of no {dimension.Name()}: leave it out, or record it as a tag of the metric.");
            }
        }

        if (Succeeded is not null || Top is not null || Sessions)
        {
            throw new ArgumentException($"Metrics are not calls: leave {(Succeeded is not null ? nameof(Succeeded) : Top is not null ? nameof(Top) : nameof(Sessions))} out.");
        }
    }

    internal void Check()
    {
        if (From > To)
        {
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"The first day, {From:yyyy-MM-dd}, is after the last, {To:yyyy-MM-dd}."));
        }

        if (Where.ContainsKey(SpendDimension.Day))
        {
            throw new ArgumentException($"{nameof(Where)} may not name a day: {nameof(From)} and {nameof(To)} choose days.");
        }

        if (Top < 1)
        {
            throw new ArgumentException($"{nameof(Top)} is {Top.Value.ToString(CultureInfo.InvariantCulture)}: ask for at least 1 row.");
        }

        if (!Enum.IsDefined(Sort))
        {
            throw new ArgumentException($"{nameof(Sort)}: there is no order {((int)Sort).ToString(CultureInfo.InvariantCulture)}.");
        }

        foreach (var dimension in By.Concat(Where.Keys))
        {
            _ = dimension.Name();
        }
    }
}
