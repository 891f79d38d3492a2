using LlmTelemetry.Usage;

namespace LlmTelemetry.CostExporter;

/// <summary>Which records a query asks for, its range aside. Values are compared as they are kept: clean.</summary>
internal sealed class RecordFilter
{
    private readonly (SpendDimension Dimension, string? Value)[] _where;
    private readonly (string Name, string? Value)[] _tags;
    private readonly bool? _succeeded;
    private readonly string? _errorType;

    /// <exception cref="ArgumentException">It asks for what records do not have.</exception>
    public RecordFilter(UsageRecordQuery query)
    {
        _where = [.. query.Where.Select(pair => (pair.Key, Attribution.Clean(pair.Value)))];
        _tags = [.. query.WhereTags.Select(pair => (Attribution.Clean(pair.Key)!, Attribution.Clean(pair.Value)))];
        _succeeded = query.Succeeded;
        _errorType = Attribution.Clean(query.ErrorType);
        foreach (var (dimension, value) in _where)
        {
            Check(dimension, value);
        }
    }

    /// <summary>The one user whose records are asked for; null: not just one.</summary>
    public string? User => Array.Find(_where, pair => pair.Dimension == SpendDimension.User).Value;

    public bool Matches(UsageRecord record)
    {
        if ((_succeeded is { } succeeded && succeeded != (record.Outcome == CallOutcome.Completed)) || (_errorType is not null && record.ErrorType != _errorType))
        {
            return false;
        }

        foreach (var (dimension, value) in _where)
        {
            if (Of(record, dimension) != value)
            {
                return false;
            }
        }

        foreach (var (name, value) in _tags)
        {
            if ((record.Attribution.Tags is { } tags && tags.TryGetValue(name, out var said) ? said : null) != value)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The record's value of a dimension; null: it does not say.</summary>
    public static string? Of(UsageRecord record, SpendDimension dimension) => dimension switch
    {
        SpendDimension.Provider => record.Provider,
        SpendDimension.Model => record.Model,
        SpendDimension.User => record.Attribution.User,
        SpendDimension.Tenant => record.Attribution.Tenant,
        SpendDimension.Feature => record.Attribution.Feature,
        SpendDimension.Conversation => record.Attribution.Conversation,
        SpendDimension.Session => record.Attribution.Session,
        SpendDimension.Tier => record.Attribution.Tier,
        SpendDimension.Operation => record.Operation,
        SpendDimension.Client => record.Attribution.Client,
        SpendDimension.Environment => record.Attribution.Environment,
        SpendDimension.Outcome => record.Outcome.Word(),
        SpendDimension.Quality => record.Quality.Word(),
        SpendDimension.PriceVersion => record.Cost?.PriceVersion,
        _ => throw new ArgumentOutOfRangeException(nameof(dimension), dimension, "Records have no such dimension."),
    };

    private static void Check(SpendDimension dimension, string? value)
    {
        if (dimension == SpendDimension.Day)
        {
            throw new ArgumentException($"Records are found by {nameof(UsageRecordQuery.From)} and {nameof(UsageRecordQuery.To)}, not by {dimension.Name()}.", nameof(dimension));
        }

        if (dimension == SpendDimension.Outcome && !CallWords.TryParse(value, out CallOutcome _))
        {
            throw new ArgumentException($"'{value}' is not how a call can end: {CallWords.AllOutcomes}.", nameof(value));
        }

        if (dimension == SpendDimension.Quality && !CallWords.TryParse(value, out CostQuality _))
        {
            throw new ArgumentException($"'{value}' is not how well a cost is known: {CallWords.AllQualities}.", nameof(value));
        }

        _ = dimension.Name();
    }
}
