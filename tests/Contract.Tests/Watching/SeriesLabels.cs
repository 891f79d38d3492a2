using LlmTelemetry.TestKit;

namespace LlmTelemetry.Contract.Tests.Watching;

/// <summary>Follows labels through a query as Prometheus does, from the series that it asks for to its answer, and notes each that is not there.</summary>
internal sealed class SeriesLabels(WatchedSeries known)
{
    private static readonly HashSet<string> SetOperators = ["or", "and", "unless"];

    // Where a series is not known all that can be said of its labels was said.
    private static readonly IReadOnlySet<string> Nothing = new HashSet<string>();

    private readonly List<string> _strangers = [];
    private bool _isAnything;

    /// <summary>Names and labels that do not exist: <c>llm_ledger_spend_EUR</c>, <c>llm_feature of llm_ledger_spend_USD</c>.</summary>
    public IReadOnlyList<string> Strangers => _strangers;

    /// <summary>What is not there in a query.</summary>
    public static IReadOnlyList<string> StrangersIn(string query, WatchedSeries known)
    {
        var labels = new SeriesLabels(known);
        labels.Of(PromQl.Parse(query));
        return labels.Strangers;
    }

    /// <summary>The labels that the answer can have.</summary>
    public IReadOnlySet<string> Of(PromQlNode node) => node switch
    {
        PromQlSelector selector => OfSelector(selector),
        PromQlAggregation aggregation => OfAggregation(aggregation),
        PromQlCall call => OfCall(call),
        PromQlBinary binary => OfBinary(binary),
        _ => Nothing,
    };

    private HashSet<string> OfSelector(PromQlSelector selector)
    {
        string[] names = selector.Name is { } said ? [said] : [.. selector.Matchers.Where(matcher => matcher is { Label: "__name__", Operator: "=" or "=~" }).SelectMany(matcher => Alternatives(matcher.Value))];
        string[] missing = names.Length == 0 ? ["a selector without a name"] : [.. names.Where(name => Find(name).Length == 0)];
        if (missing.Length > 0)
        {
            _strangers.AddRange(missing);
            _isAnything = true;
            return [];
        }

        HashSet<string> labels = [.. names.SelectMany(Find).SelectMany(series => series.Labels)];
        Need(selector.Matchers.Select(matcher => matcher.Label).Where(label => label != "__name__"), labels, string.Join('|', names));
        return labels;

        PrometheusSeries[] Find(string name) => selector.Name is null ? [.. known.Matching(name)] : known[name] is { } one ? [one] : [];
    }

    private HashSet<string> OfAggregation(PromQlAggregation aggregation)
    {
        var inner = Of(aggregation.Arguments[^1]);
        foreach (var parameter in aggregation.Arguments.SkipLast(1))
        {
            Of(parameter);
        }

        Need(aggregation.Labels, inner, $"{aggregation.Operator} {aggregation.Clause}");
        return aggregation.Operator switch
        {
            // These choose series and leave them as they are.
            "topk" or "bottomk" or "limitk" or "limit_ratio" => [.. inner],
            "count_values" => [.. aggregation.Labels, Text(aggregation.Arguments[0])],
            _ => aggregation.Clause == "without" ? [.. inner.Except(aggregation.Labels)] : [.. aggregation.Labels],
        };
    }

    private HashSet<string> OfCall(PromQlCall call)
    {
        HashSet<string> inner = [.. call.Arguments.SelectMany(Of)];
        switch (call.Function)
        {
            case "label_replace":
                NeedSource(call.Arguments, inner);
                inner.Add(Text(call.Arguments[1]));
                break;
            case "label_join":
                Need(call.Arguments.Skip(3).Select(Text), inner, call.Function);
                inner.Add(Text(call.Arguments[1]));
                break;
            case "histogram_quantile" or "histogram_fraction":
                Need(["le"], inner, call.Function);
                inner.Remove("le");
                break;
            case "scalar":
                inner.Clear();
                break;
            default:
                break;
        }

        return inner;
    }

    private HashSet<string> OfBinary(PromQlBinary binary)
    {
        var (left, right) = (Of(binary.Left), Of(binary.Right));
        if (binary.Matching == "on")
        {
            Need(binary.Labels, left, $"{binary.Operator} on, at its left");
            Need(binary.Labels, right, $"{binary.Operator} on, at its right");
        }

        Need(binary.Included, binary.Group == "group_right" ? left : right, binary.Group);
        return binary switch
        {
            { Operator: "or" } => [.. left, .. right],
            _ when SetOperators.Contains(binary.Operator) => [.. left],
            _ when IsScalar(binary.Left) => [.. right],
            _ when IsScalar(binary.Right) => [.. left],
            { Group: "group_left" } => [.. left, .. binary.Included],
            { Group: "group_right" } => [.. right, .. binary.Included],
            { Matching: "on" } => [.. binary.Labels],
            { Matching: "ignoring" } => [.. left.Except(binary.Labels)],
            _ => [.. left],
        };
    }

    // A list of names is one pattern for each: all of them must be there. With brackets it is one pattern.
    private static string[] Alternatives(string pattern) => pattern.Contains('(', StringComparison.Ordinal) ? [pattern] : pattern.Split('|');

    private static bool IsScalar(PromQlNode node) => node is PromQlNumber or PromQlCall { Function: "scalar" or "time" or "pi" } || (node is PromQlBinary both && IsScalar(both.Left) && IsScalar(both.Right));

    private static string Text(PromQlNode node) => node is PromQlText text ? text.Value : throw new FormatException($"{node} is not a label's name");

    // Without a label to look at it sets one. One that looks for nothing in the label that it sets fills it in, where some of the series do not have it.
    private void NeedSource(IReadOnlyList<PromQlNode> arguments, HashSet<string> there)
    {
        var (target, source, pattern) = (Text(arguments[1]), Text(arguments[3]), Text(arguments[4]));
        if (source != "" && !(source == target && pattern == "" && known.HasLabel(source)))
        {
            Need([source], there, "label_replace");
        }
    }

    private void Need(IEnumerable<string> labels, IReadOnlySet<string> there, string where)
    {
        if (!_isAnything)
        {
            _strangers.AddRange(labels.Where(label => !there.Contains(label)).Select(label => $"{label} of {where}"));
        }
    }
}
