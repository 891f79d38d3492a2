namespace LlmTelemetry.Grafana;

/// <summary>Today so far beside yesterday and a week ago at the same time of the day, from what the rules recorded.</summary>
/// <param name="Recorded">The recorded spend by <paramref name="Label"/>: one publisher's, with all periods.</param>
/// <param name="Label">What is compared.</param>
/// <param name="Chosen">A filter by the reader's choice.</param>
internal sealed record Growth(string Recorded, string Label, string Chosen)
{
    /// <summary>The column that says how much it changed since yesterday.</summary>
    public const string SortBy = "change";

    private const int Most = 15;

    /// <summary>Those that grew most; where there is no yesterday, those that spent most. The rest is always there.</summary>
    public Column[] Grown => Columns(Change);

    /// <summary>Those that changed most, up or down.</summary>
    public Column[] Changed => Columns($"abs({Change})");

    private string Today => At("");

    private string Yesterday => At(" offset 1d");

    private string LastWeek => At(" offset 7d");

    private static string Known => "llm:spend_USD{llm_ledger_period=\"day\"} offset 1d";

    // Who is in only one of the two days is 0 in the other; but not where nothing at all is known of yesterday. A day without calls is known.
    private string Change => $"(({Today} or 0 * {Yesterday}) - ({Yesterday} or 0 * {Today}) and on () {Known})";

    private string At(string when, string more = "") => $"sum by ({Label}) ({Recorded}{{llm_ledger_period=\"day\", {Chosen}{more}}}{when})";

    private Column[] Columns(string rank)
    {
        var rest = At("", $", {Label}=\"{LedgerView.Rest}\"");
        var rows = $"(topk({Most}, {rank}) or (topk({Most}, {Today}) unless on () {Known}) or {rest})";
        return
        [
            new("today", Of(Today, rows), Unit.Usd, 4),
            new(SortBy, Of(Change, rows), Unit.Usd, 4),
            new("in %", Of($"{Change} / ({Yesterday} > 0)", rows), Unit.Share, 0),
            new("yesterday", Of(Yesterday, rows), Unit.Usd, 4),
            new("a week ago", Of(LastWeek, rows), Unit.Usd, 4),
        ];
    }

    private string Of(string value, string rows) => Query.Named($"({value}) and on ({Label}) {rows}", Label);
}
