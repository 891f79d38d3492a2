namespace LlmTelemetry.Service.Tests.Exposition;

/// <summary>The text format: names, escaping and numbers.</summary>
public sealed class PrometheusTextTests
{
    [Theory]
    [InlineData("llm.ledger.spend", "USD", false, "llm_ledger_spend_USD")]
    [InlineData("llm.ledger.calls", "{call}", false, "llm_ledger_calls")]
    [InlineData("llm.ledger.lag", "s", false, "llm_ledger_lag_seconds")]
    [InlineData("llm.ledger.unpriced", "1", false, "llm_ledger_unpriced_ratio")]
    [InlineData("llm.receiver.requests", "{request}", true, "llm_receiver_requests_total")]
    [InlineData("llm.receiver.bytes", "By", true, "llm_receiver_bytes_total")]
    [InlineData("llm.usage.cost", "USD", true, "llm_usage_cost_USD_total")]
    public void Name_is_the_one_that_prometheus_makes_of_otlp(string name, string unit, bool isCounter, string expected) =>
        Assert.Equal(expected, PrometheusText.NameOf(new MetricFamily(name, unit, isCounter ? MetricKind.Counter : MetricKind.Gauge, "", [])));

    [Fact]
    public void What_would_break_a_line_is_escaped()
    {
        var family = new MetricFamily("a.b", null, MetricKind.Gauge, "back\\slash\nline", [new MetricPoint(0.1, [new("user.id", "a\"b\\c\nd"), new("empty", ""), new("nothing", null), new("n", 5)])]);
        Assert.Equal("# HELP a_b back\\\\slash\\nline\n# TYPE a_b gauge\na_b{user_id=\"a\\\"b\\\\c\\nd\",n=\"5\"} 0.1\n", PrometheusText.Write([family]));
    }

    [Theory]
    [InlineData(double.PositiveInfinity, "+Inf")]
    [InlineData(double.NegativeInfinity, "-Inf")]
    [InlineData(double.NaN, "NaN")]
    [InlineData(9007199254740992d, "9007199254740992")]
    [InlineData(1e-9, "1E-09")]
    public void Number_is_one_that_prometheus_reads(double value, string text) =>
        Assert.EndsWith($"a {text}\n", PrometheusText.Write([new MetricFamily("a", null, MetricKind.Gauge, "", [new MetricPoint(value, [])])]), StringComparison.Ordinal);

    [Fact]
    public void Metric_without_points_is_not_there() => Assert.Equal("", PrometheusText.Write([new MetricFamily("a", null, MetricKind.Gauge, "", [])]));
}
