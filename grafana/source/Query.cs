using System.Globalization;

namespace LlmTelemetry.Grafana;

/// <summary>The PromQL that panels share. Everything here is filtered by the dashboard's variables.</summary>
internal static class Query
{
    public const string Provider = "gen_ai_provider_name";
    public const string Model = "gen_ai_response_model";
    public const string ModelAskedFor = "gen_ai_request_model";
    public const string User = "user_id";
    public const string Feature = "llm_feature";
    public const string Tenant = "llm_tenant";

    /// <summary>Promoted from the resource: prometheus-otlp.yml.</summary>
    public const string Environment = "deployment_environment_name";

    public const string Calls = "llm_usage_calls_total";

    /// <summary>What stands for a label that a series does not have; reports say the same.</summary>
    private const string NotSaid = "(none)";

    /// <summary>Who calls, and for whom: what every counter of calls has. The ledger's gauges have no service or environment, and no feature or tenant beside the user.</summary>
    private const string ByCaller = $"job=~\"$service\", {Environment}=~\"$environment\", {Provider}=~\"$provider\", {User}=~\"$user\", {Feature}=~\"$feature\", {Tenant}=~\"$tenant\"";

    /// <summary>A failed call names no model that answered: it belongs to the model asked for, and to those that have answered the same request.</summary>
    private const string OfChosenModel = $$"""
        and on ({{Provider}}, {{ModelAskedFor}}) count by ({{Provider}}, {{ModelAskedFor}}) (last_over_time({{Calls}}{{{Model}}=~"$model"}[$__range] @ end()) or last_over_time({{Calls}}{{{Model}}="", {{ModelAskedFor}}=~"$model"}[$__range] @ end()))
        """;

    /// <summary>Failed calls of the time range shown, one value a series.</summary>
    public static string FailedInRange(string? more = null) => $"({InRange(Calls, more is null ? Failed : $"{Failed}, {more}")}) {OfChosenModel}";

    /// <summary>The same for each point of a line, per minute.</summary>
    public static string FailedPerMinute(string by) => $"sum by ({by}) (({Recent(Calls, Failed)}) {OfChosenModel}) * 60000 / $__rate_interval_ms";

    /// <summary>The part of the calls of the time range shown that failed.</summary>
    public static string FailedShareInRange => $"(sum({FailedInRange()}) or {ZeroIfAny}) / (sum({InRange(Calls, NotFailed)} or {FailedInRange()}) > 0)";

    /// <summary>The same for each point of a line.</summary>
    public static string RecentFailedShare(string by)
    {
        var failed = $"({Recent(Calls, Failed)}) {OfChosenModel}";
        return $"sum by ({by}) ({failed}) / (sum by ({by}) ({Recent(Calls, NotFailed)} or {failed}) > 0)";
    }

    /// <summary>
    /// A gauge of one ledger, from the freshest of its publishers, and of that only what it said last: several processes may publish the same, and what
    /// one that has ended said last stays for five minutes, past midnight too; so does a series that is sent no more (yesterday's user). The rules do
    /// the same. At another time than the one asked for: "offset 1d", "@ end()". The freshest is sought among all series: who has none for a new period is
    /// fresh, too.
    /// </summary>
    public static string OnePublisher(string metric, string filter, string at = "", string among = "")
    {
        var when = at.Length == 0 ? "" : " " + at;
        var one = $"{metric}{{{filter}}}{when}";
        var of = among.Length == 0 ? metric : $"{metric}{{{among}}}";
        return $"({one} and timestamp({one}) == on (job, instance) group_left () topk(1, max by (job, instance) (timestamp({of}{when}))))";
    }

    /// <summary>How much a counter grew in the time range shown.</summary>
    public static string InRange(string counter, string? filter = null) => Growth($"{counter}{{{filter ?? Filter()}}}", "$__range", "1d");

    /// <summary>How much a counter grew per minute (or <paramref name="per"/> milliseconds), by a label.</summary>
    public static string PerMinute(string counter, string by, string? filter = null, int per = 60_000) =>
        $"sum by ({by}) ({Recent(counter, filter ?? Filter())}) * {per} / $__rate_interval_ms";

    /// <summary>
    /// A quantile by the model asked for, of the standard histogram gen_ai.client.(operation|inference).<paramref name="what"/>. A process emits one
    /// generation of the conventions for its chats, or the other. What is no number, where there were no calls, is left out.
    /// </summary>
    public static string Quantile(double quantile, string what) =>
        Named(string.Create(CultureInfo.InvariantCulture, $"histogram_quantile({quantile}, sum by (le, {ModelAskedFor}) ({OfBoth(what, "bucket")})) >= 0"), ModelAskedFor);

    /// <summary>How fast the histogram's part (bucket, sum, count) grew, of both generations.</summary>
    public static string OfBoth(string what, string part, string window = "$__rate_interval") => $"{Rate("operation", what, part, window)} or {Rate("inference", what, part, window)}";

    /// <summary>0 where there are calls at all, nothing where there are none: <c>x or ZeroIfAny</c> tells "no such calls" from "no metrics".</summary>
    public static string ZeroIfAny => $"0 * sum(last_over_time({Calls}{{{ByCaller}}}[$__range]))";

    public static string Unpriced => Filter("llm_cost_quality=\"unpriced\"");

    /// <summary>
    /// Says (none) where a series does not have the label. Who is called that has one more pair of brackets: two series of one name would be an error, and the
    /// panel empty.
    /// </summary>
    public static string Named(string expression, string label) =>
        $"""label_replace(label_replace({expression}, "{label}", "($1)", "{label}", "([(]+none[)]+)"), "{label}", "{NotSaid}", "{label}", "")""";

    public static string Top(string expression, string by) => $"sort_desc(topk(10, round({Named($"sum by ({by}) ({expression})", by)}) > 0))";

    /// <summary>All choices, as the counters of calls have labels for them.</summary>
    public static string Filter(string? more = null) => $"""{ByCaller}, {Model}=~"$model"{(more is null ? "" : ", " + more)}""";

    private static string Rate(string generation, string what, string part, string window) =>
        $$"""rate(gen_ai_client_{{generation}}_{{what}}_seconds_{{part}}{job=~"$service", {{Environment}}=~"$environment", {{Provider}}=~"$provider", {{Model}}=~"$model"}[{{window}}])""";

    private static string Failed => $"{ByCaller}, llm_outcome=\"failed\"";

    private static string NotFailed => Filter("llm_outcome!=\"failed\"");

    private static string Recent(string counter, string filter) => Growth($"{counter}{{{filter}}}", "$__rate_interval", "1h");

    /// <summary>
    /// increase(), but a series that began within the window counts whole: increase() leaves out the value a series begins with, and the
    /// first call of a user or a model, or its only error, is that value. A series that was there some time before did not begin.
    /// </summary>
    private static string Growth(string selector, string window, string before)
    {
        var seenBefore = $"count_over_time({selector}[{before}] offset {window})";
        return $"(increase({selector}[{window}]) and {seenBefore}) or (last_over_time({selector}[{window}]) unless {seenBefore})";
    }
}
