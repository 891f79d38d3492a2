using System.Globalization;

namespace LlmTelemetry.EndToEnd.Tests.Watching.History;

/// <summary>Writes samples as promtool reads them back into blocks: OpenMetrics text.</summary>
internal sealed class OpenMetricsFile(string path) : IDisposable
{
    private readonly StreamWriter _text = new(path);

    /// <summary>One series: a sample for each time that has a value.</summary>
    public void Add(string name, IReadOnlyDictionary<string, string> labels, IEnumerable<DateTimeOffset> times, Func<DateTimeOffset, double> value)
    {
        var series = name + "{" + string.Join(',', labels.Select(label => $"{label.Key}=\"{label.Value}\"")) + "}";
        foreach (var time in times)
        {
            _text.Write(string.Create(CultureInfo.InvariantCulture, $"{series} {value(time):R} {time.ToUnixTimeSeconds()}\n"));
        }
    }

    public void Dispose()
    {
        _text.Write("# EOF\n");
        _text.Dispose();
    }
}
