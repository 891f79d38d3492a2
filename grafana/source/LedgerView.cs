using static LlmTelemetry.Grafana.Query;

namespace LlmTelemetry.Grafana;

/// <summary>
/// One of the ledger's three views of the same calls: by provider, model and user; by feature; by tenant. All amounts of money, calls and tokens
/// that panels show as sums come from here.
/// </summary>
/// <param name="Prefix">What its gauges' names begin with.</param>
/// <param name="Choices">The reader's choices that it has labels for: the label, and the variable.</param>
internal sealed record LedgerView(string Prefix, params (string Label, string Variable)[] Choices)
{
    public const string Spend = "spend_USD";
    public const string Calls = "calls";
    public const string Tokens = "tokens";

    /// <summary>The value of those that are past the largest and are summed.</summary>
    public const string Rest = "_other";

    public static readonly LedgerView Users = new("llm_ledger_", (Provider, "$provider"), (Model, "$model"), (User, "$user"));
    public static readonly LedgerView Features = new("llm_ledger_feature_", (Feature, "$feature"));
    public static readonly LedgerView Tenants = new("llm_ledger_tenant_", (Tenant, "$tenant"));

    private string Chosen => Filter("");

    // What is chosen, and those who are summed: the one chosen may be among them.
    private string MayBeChosen => Filter("|" + Rest);

    /// <summary>What was spent, called or used in a period (hour, day, month) so far, of what is chosen.</summary>
    public string Sum(string what, string period, string? by = null, string at = "", string? more = null)
    {
        var one = OnePublisher(Prefix + what, $"llm_ledger_period=\"{period}\", {Chosen}{(more is null ? "" : ", " + more)}", at);
        return by is null ? $"sum({one})" : $"sum by ({by}) ({one})";
    }

    /// <summary>
    /// The same as one figure, which is 0 where the ledger is read and there was no call: before the first one of an hour or a day. Not where there were
    /// calls that may be of what is chosen: without a price what they cost is not known, and of one of the summed it is not said.
    /// </summary>
    public string SoFar(string what, string period, string at = "")
    {
        var ofPeriod = $"llm_ledger_period=\"{period}\"";
        var read = OnePublisher("llm_ledger_reset_seconds", ofPeriod, at);
        return $"{Sum(what, period, at: at)} or 0 * max({read}) unless sum({OnePublisher(Prefix + Calls, $"{ofPeriod}, {MayBeChosen}", at)})";
    }

    /// <summary>The same of everything, whatever is chosen.</summary>
    public string Total(string what, string period) => $"sum({OnePublisher(Prefix + what, $"llm_ledger_period=\"{period}\"")})";

    /// <summary>The part of everything that each has.</summary>
    public string Share(string what, string period, string by) => $"{Sum(what, period, by)} / on () group_left () ({Total(what, period)} > 0)";

    /// <summary>Of a call, on average.</summary>
    public string PerCall(string period, string? by = null) => $"{Sum(Spend, period, by)} / ({Sum(Calls, period, by)} > 0)";

    /// <summary>
    /// Those that spent most in a period, and always the row of the rest: what a table or a chart keeps. At one instant (the end of the time range), so
    /// that a line does not come and go with its rank. The label that may hold the rest is the folded one.
    /// </summary>
    public string Largest(int count, string period, string by, string folded) =>
        $"(topk({count}, {Sum(Spend, period, by, "@ end()", $"{folded}!=\"{Rest}\"")}) or {Sum(Spend, period, by, "@ end()", $"{folded}=\"{Rest}\"")})";

    /// <summary>The same for a table, and those with the most calls of which no price is known: no spend is no reason not to be seen.</summary>
    public string Rows(int count, string period, string by, string folded) =>
        $"({Largest(count, period, by, folded)} or topk(5, {Sum(Calls, period, by)} unless on ({by}) {Sum(Spend, period, by)}))";

    /// <summary>
    /// One value for the UTC hour that begins at a point: the last and highest reading of the gauge of the hour. Its first six minutes are left out, because
    /// a reading (15 s to a minute old) or a publisher that has ended (five minutes) may still tell of the hour before. A reading is seen for five minutes: no
    /// smaller steps are needed, and a month of a large ledger has many. The inner steps are UTC hours whatever the time zone that Grafana aligns to.
    /// </summary>
    public string InEachHour(string what, string? by = null) => LastOfEachHour(OfHour(what, by));

    /// <summary>Of a call, on average, of the calls of each UTC hour.</summary>
    public string PerCallInEachHour(string? by = null) => $"{InEachHour(Spend, by)} / ({InEachHour(Calls, by)} > 0)";

    /// <summary>Each hour's spend of the largest of the month, and of all others together.</summary>
    public Target[] HourlyOfLargest(int count, string by)
    {
        var each = OfHour(Spend, by);
        var largest = Largest(count, "month", by, by);
        return
        [
            new(Named(LastOfEachHour($"{each} and on ({by}) {largest}"), by), $"{{{{{by}}}}}"),
            new(LastOfEachHour($"sum({each} unless on ({by}) {largest})"), "all others"),
        ];
    }

    private static string LastOfEachHour(string sum) => $"last_over_time((max_over_time(({sum})[54m:5m] offset -1h))[1h:1h])";

    // Where what a publisher that has ended said of the hour before is left out, the freshest is found among those of the hour: a third of the series.
    private string OfHour(string what, string? by)
    {
        const string Hour = "llm_ledger_period=\"hour\"";
        var one = OnePublisher(Prefix + what, $"{Hour}, {Chosen}", among: Hour);
        return by is null ? $"sum({one})" : $"sum by ({by}) ({one})";
    }

    private string Filter(string or) => string.Join(", ", Choices.Select(choice => $"{choice.Label}=~\"{choice.Variable}{or}\""));
}
