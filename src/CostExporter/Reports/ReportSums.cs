using System.Runtime.InteropServices;

namespace LlmTelemetry.CostExporter;

/// <summary>Adds parts of the ledger up to the rows of a report. Not thread-safe.</summary>
internal sealed class ReportSums
{
    private readonly UsageReportQuery _query;
    private readonly KeptSpend _kept;
    private readonly SpendDimension[] _by;
    private readonly string[] _byTags;
    private readonly DimensionSet _apart;
    private readonly bool _byDay;
    private readonly bool _areRowsOfSessions;
    private readonly Dictionary<(SpendKey Key, DateOnly? Day), SpendMeasures> _rows = [];
    private readonly SpendMeasures _total = new();
    private SpendMeasures? _others;

    public ReportSums(UsageReportQuery query, KeptSpend kept)
    {
        (_query, _kept) = (query, kept);
        (_by, _byTags) = ([.. query.By.Distinct()], [.. query.ByTags.Distinct()]);
        _apart = new DimensionSet(_by, _byTags);
        _byDay = _by.Contains(SpendDimension.Day);
        _areRowsOfSessions = query.IsOfSessions && _by.All(SpendDimensions.IsOfFigures);
    }

    /// <param name="key">Whose part it is.</param>
    /// <param name="day">The day it is of; no matter in a report that is not by day.</param>
    /// <param name="measures">What was used and spent; taken over.</param>
    public void Add(in SpendKey key, DateOnly day, SpendMeasures measures)
    {
        _total.Add(measures);
        if (_by.Length + _byTags.Length != 0)
        {
            AddRow(in key, day, measures);
        }
    }

    /// <summary>The same of sessions: figures, which are measures of their own beside those of calls.</summary>
    public void AddSessions(in SpendKey key, DateOnly day, SpendMeasures measures)
    {
        _total.Add(measures);
        if (_areRowsOfSessions)
        {
            var more = key.More!;
            AddRow(key with { More = SpendKeyMore.Of(more.Parts with { Metric = null }, [.. more.Tags]) }, day, measures);
        }
    }

    /// <summary>Adds what is in none of the rows: the report has its <see cref="UsageReportQuery.Top"/> rows then, and needs no choice of them.</summary>
    public void AddOthers(SpendMeasures measures)
    {
        _total.Add(measures);
        _others = measures;
    }

    public UsageReport ToReport(ReportPeriod period, DateOnly? completeSince = null)
    {
        UsageReportRow[] rows = [.. _rows.Select(row => Row(row.Key.Key, row.Key.Day, row.Value))];
        var order = new RowOrder(_by, _byTags, _query.Sort);
        rows = _others is not null && rows is [var one, ..] ? [.. rows, one.Like(default, day: null, _others, isOther: true)]
            : _query.Top is { } top ? ReportTop.Take(rows, top, order) : rows;
        Array.Sort(rows, order);
        string[] notKept =
        [
            .. _by.Concat(_query.Where.Keys).Concat(_query.Succeeded is null ? [] : [SpendDimension.Outcome]).Distinct().Where(dimension => !_kept.Has(dimension)).Select(dimension => dimension.Name()),
            .. _byTags.Concat(_query.WhereTags.Keys).Distinct().Where(tag => !_kept.HasTag(tag)).Select(SpendDimensions.TagName),
        ];
        return new UsageReport(_query, period, rows, new UsageReportRow(default, null, _total) { HasSessions = _query.IsOfSessions }) { By = _by, ByTags = _byTags, CompleteSince = completeSince, NotKept = notKept };
    }

    private UsageReportRow Row(in SpendKey key, DateOnly? day, SpendMeasures measures) =>
        new(in key, day, measures, _apart, _kept) { HasSessions = _areRowsOfSessions };

    private void AddRow(in SpendKey key, DateOnly day, SpendMeasures measures)
    {
        ref var row = ref CollectionsMarshal.GetValueRefOrAddDefault(_rows, (_apart.Of(in key), _byDay ? day : null), out var isKnown);
        if (isKnown)
        {
            row!.Add(measures);
        }
        else
        {
            row = measures;
        }
    }
}
