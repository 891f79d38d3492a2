using System.Globalization;
using System.Text;

namespace LlmTelemetry.Demo;

/// <summary>Samples of many moments as OpenMetrics text, which wants all of a metric together. Not thread-safe.</summary>
internal sealed class OpenMetricsText
{
    private readonly SortedDictionary<string, (string Type, StringBuilder Lines)> _families = new(StringComparer.Ordinal);

    /// <param name="family">The metric: of a counter without <c>_total</c>.</param>
    /// <param name="type">counter, gauge or histogram.</param>
    public StringBuilder Family(string family, string type)
    {
        if (!_families.TryGetValue(family, out var known))
        {
            _families.Add(family, known = (type, new StringBuilder()));
        }

        return known.Lines;
    }

    /// <summary>Writes one sample.</summary>
    /// <param name="family">Lines of its metric.</param>
    /// <param name="name">The sample's name.</param>
    /// <param name="labels">Its labels, as they stand between braces.</param>
    /// <param name="value">Its value.</param>
    /// <param name="at">Seconds since 1970.</param>
    public static void Add(StringBuilder family, string name, string labels, double value, long at) =>
        family.Append(name).Append('{').Append(labels).Append("} ").Append(Number(value)).Append(CultureInfo.InvariantCulture, $" {at}\n");

    /// <summary>A label, as it stands between braces.</summary>
    public static string Label(string name, string value) =>
        $"{name}=\"{value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal)}\"";

    public async Task WriteAsync(string file, CancellationToken cancellationToken)
    {
        await using var text = new StreamWriter(file);
        foreach (var (name, (type, lines)) in _families)
        {
            await text.WriteAsync($"# TYPE {name} {type}\n");
            foreach (var chunk in lines.GetChunks())
            {
                await text.WriteAsync(chunk, cancellationToken);
            }
        }

        await text.WriteAsync("# EOF\n");
    }

    private static string Number(double value) =>
        double.IsPositiveInfinity(value) ? "+Inf" : double.IsNegativeInfinity(value) ? "-Inf" : double.IsNaN(value) ? "NaN" : value.ToString("R", CultureInfo.InvariantCulture);
}
