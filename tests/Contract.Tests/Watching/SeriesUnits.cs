using LlmTelemetry.TestKit;

namespace LlmTelemetry.Contract.Tests.Watching;

/// <summary>Follows the unit through a query: <c>USD</c>, <c>{call}</c>, <c>1</c> for a share, <c>USD/s</c> for a rate, empty for a plain number.</summary>
internal sealed class SeriesUnits(WatchedSeries known)
{
    /// <summary>A plain number: what is multiplied by it keeps its unit.</summary>
    public const string None = "";

    public const string Ratio = "1";

    public const string PerSecond = "/s";

    public string Of(PromQlNode node) => node switch
    {
        PromQlNumber number => OfNumber(number.Text),
        PromQlSelector selector => OfSelector(selector),
        PromQlAggregation aggregation => aggregation.Operator switch
        {
            "count" or "count_values" => PrometheusNames.Count,
            "group" => Ratio,

            // What holds for them is added up: how many there are.
            "sum" when aggregation.Arguments[^1] is PromQlBinary { IsBool: true } => PrometheusNames.Count,
            _ => Of(aggregation.Arguments[^1]),
        },
        PromQlCall call => OfCall(call),
        PromQlBinary binary => OfBinary(binary),
        _ => None,
    };

    // $__rate_interval_ms is a number of milliseconds: what is divided by it is a rate.
    private static string OfNumber(string text) => text.Trim('$', '{', '}') is ['_', '_', ..] grafanas && (grafanas.EndsWith("_ms", StringComparison.Ordinal) || grafanas.EndsWith("_s", StringComparison.Ordinal)) ? "s" : None;

    private string OfSelector(PromQlSelector selector) => selector.Name is { } name && known[name] is { } series
        // What a budget counts is in its own unit. A query for those in USD says so; the ledger's daily amounts are.
        ? series.Unit == "{value}" && selector.Matchers.Any(matcher => matcher is { Label: "llm_budget_unit", Operator: "=", Value: "usd" } or { Label: "llm_budget_name", Operator: "=", Value: "ledger" }) ? "USD" : series.Unit
        : None;

    private string OfCall(PromQlCall call)
    {
        var inner = call.Arguments.Select(Of).LastOrDefault(unit => unit != None) ?? None;
        return call.Function switch
        {
            "rate" or "irate" or "deriv" => inner + PerSecond,
            "histogram_quantile" when IsBuckets(inner) => inner[PrometheusNames.Buckets.Length..].Split('/')[0],
            "histogram_fraction" => Ratio,
            "count_over_time" or "changes" or "resets" => PrometheusNames.Count,
            "time" or "timestamp" => "s",
            "absent" or "absent_over_time" or "present_over_time" => Ratio,
            "label_replace" or "label_join" or "round" or "clamp" or "clamp_min" or "clamp_max" => Of(call.Arguments[0]),
            _ => inner,
        };
    }

    private string OfBinary(PromQlBinary binary)
    {
        var (left, right) = (Of(binary.Left), Of(binary.Right));
        return binary.Operator switch
        {
            "/" => Combined(left, right, divides: true),
            "*" => Combined(left, right, divides: false),
            "or" or "+" or "-" => left == None ? right : left,
            "==" or "!=" or "<=" or "<" or ">=" or ">" when binary.IsBool => Ratio,
            _ => left,
        };
    }

    private static string Combined(string left, string right, bool divides)
    {
        var (top, bottom) = Parts(left);
        var (over, under) = Parts(right);
        top.AddRange(divides ? under : over);
        bottom.AddRange(divides ? over : under);
        foreach (var both in bottom.ToArray().Where(top.Remove))
        {
            bottom.Remove(both);
        }

        return top.Count + bottom.Count > 0 ? string.Concat(bottom.Select(part => "/" + part).Prepend(top.Count == 0 ? Ratio : string.Join('*', top)))
            : left == None && right == None ? None : Ratio;
    }

    // {token}*USD/s: what it is made of, above and below.
    private static (List<string> Top, List<string> Bottom) Parts(string unit) =>
        Counted(unit).Split('/') is [var top, .. var bottom] ? ([.. top.Split('*').Where(part => part is not (None or Ratio))], [.. bottom]) : ([], []);

    // The values of buckets are counts; what they are buckets of matters to a quantile alone.
    private static string Counted(string unit) => !IsBuckets(unit) ? unit : IsRate(unit) ? PrometheusNames.Count + PerSecond : PrometheusNames.Count;

    private static bool IsBuckets(string unit) => unit.StartsWith(PrometheusNames.Buckets, StringComparison.Ordinal);

    private static bool IsRate(string unit) => unit.EndsWith(PerSecond, StringComparison.Ordinal);
}
