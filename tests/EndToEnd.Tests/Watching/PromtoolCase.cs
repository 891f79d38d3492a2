using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using LlmTelemetry.TestKit;

namespace LlmTelemetry.EndToEnd.Tests.Watching;

/// <summary>A history of series, written as promtool reads it, and what expressions come to in it: Prometheus' own arithmetic, without a server or a clock.</summary>
/// <param name="interval">Between two values of a series.</param>
internal sealed partial class PromtoolCase(string interval)
{
    private readonly StringBuilder _series = new();
    private readonly StringBuilder _expected = new();

    /// <summary>Values in promtool's notation: <c>5x10</c> is eleven times 5, <c>_x10</c> ten times nothing.</summary>
    public PromtoolCase With(string series, string values)
    {
        _series.Append(CultureInfo.InvariantCulture, $"      - {{ series: '{series}', values: '{values}' }}\n");
        return this;
    }

    /// <summary>What it comes to at a time, with everything chosen in the dashboard: each sample's labels, and its value; no samples: nothing.</summary>
    public PromtoolCase Expect(string expression, string at, params (string Labels, double Value)[] samples)
    {
        var lines = samples.Select(sample => string.Create(CultureInfo.InvariantCulture, $"{{ labels: '{{{sample.Labels}}}', value: {sample.Value} }}"));
        _expected.Append(CultureInfo.InvariantCulture, $"      - {{ expr: '{Variable().Replace(expression, ".*")}', eval_time: {at}, exp_samples: [{string.Join(", ", lines)}] }}\n");
        return this;
    }

    /// <summary>What promtool says against it; null: nothing. Skips the running test where there is no promtool.</summary>
    public async Task<string?> FailureAsync(CancellationToken cancellationToken)
    {
        var promtool = Server.Need("promtool");
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, $"rule_files: []\nevaluation_interval: 1m\ntests:\n  - interval: {interval}\n    input_series:\n{_series}    promql_expr_test:\n{_expected}", cancellationToken);
            var (code, output) = await Tool.RunAsync(promtool, ["test", "rules", file], cancellationToken);
            return code == 0 ? null : output;
        }
        finally
        {
            File.Delete(file);
        }
    }

    [GeneratedRegex(@"\$[a-z]+")]
    private static partial Regex Variable();
}
