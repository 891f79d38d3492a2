using System.Globalization;
using System.Text;

namespace LlmTelemetry.Service;

/// <summary>
/// Writes metrics in Prometheus' text format 0.0.4, under the names that Prometheus' OTLP receiver gives them (with suffixes): dashboards and rules find both.
/// </summary>
internal static class PrometheusText
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    public static string Write(IEnumerable<MetricFamily> families)
    {
        var text = new StringBuilder();
        foreach (var family in families.Where(family => family.Points.Count != 0))
        {
            var name = NameOf(family);
            text.Append("# HELP ").Append(name).Append(' ').Append(Escaped(family.Help, isLabel: false)).Append('\n')
                .Append("# TYPE ").Append(name).Append(family.Kind == MetricKind.Counter ? " counter\n" : " gauge\n");
            foreach (var point in family.Points)
            {
                Write(text, name, point);
            }
        }

        return text.ToString();
    }

    /// <summary>A metric's name there.</summary>
    public static string NameOf(MetricFamily family)
    {
        var name = Legal(family.Name);
        name = WithSuffix(name, UnitOf(family));
        return family.Kind == MetricKind.Counter ? WithSuffix(name, "total") : name;
    }

    private static void Write(StringBuilder text, string name, MetricPoint point)
    {
        text.Append(name);
        var separator = '{';
        foreach (var (key, value) in point.Tags)
        {
            // To Prometheus a label without text is no label.
            if (Convert.ToString(value, CultureInfo.InvariantCulture) is { Length: > 0 } said)
            {
                text.Append(separator).Append(Legal(key)).Append("=\"").Append(Escaped(said, isLabel: true)).Append('"');
                separator = ',';
            }
        }

        text.Append(separator == '{' ? "" : "}").Append(' ').Append(Number(point.Value)).Append('\n');
    }

    // Units in braces only annotate.
    private static string UnitOf(MetricFamily family) => family.Unit switch
    {
        null or "" => "",
        "1" => family.Kind == MetricKind.Gauge ? "ratio" : "",
        "s" => "seconds",
        "By" => "bytes",
        ['{', ..] => "",
        var unit => Legal(unit),
    };

    private static string WithSuffix(string name, string suffix) => suffix.Length == 0 || name.EndsWith("_" + suffix, StringComparison.Ordinal) ? name : $"{name}_{suffix}";

    private static string Legal(string name)
    {
        var legal = string.Create(name.Length, name, static (span, from) =>
        {
            for (var i = 0; i < span.Length; i++)
            {
                span[i] = char.IsAsciiLetterOrDigit(from[i]) ? from[i] : '_';
            }
        });
        return char.IsAsciiDigit(legal[0]) ? "_" + legal : legal;
    }

    private static string Escaped(string text, bool isLabel)
    {
        text = text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
        return isLabel ? text.Replace("\"", "\\\"", StringComparison.Ordinal) : text;
    }

    private static string Number(double value) =>
        double.IsPositiveInfinity(value) ? "+Inf"
        : double.IsNegativeInfinity(value) ? "-Inf"
        : double.IsNaN(value) ? "NaN"
        : value.ToString("R", CultureInfo.InvariantCulture);
}
