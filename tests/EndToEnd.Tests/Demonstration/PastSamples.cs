using System.Globalization;
using System.Text.RegularExpressions;
using LlmTelemetry.EndToEnd.Tests.Watching;
using LlmTelemetry.TestKit;

namespace LlmTelemetry.EndToEnd.Tests.Demonstration;

/// <summary>What samples/Demo wrote of a few hours, in a folder of its own: a process, as its meters are those of a process.</summary>
internal sealed partial class PastSamples : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("llmtelemetry-history-");

    private PastSamples()
    {
    }

    /// <summary>Where the ledger is.</summary>
    public string Store => $"sqlite:{_folder.FullName}/ledger.db";

    /// <summary>Where Prometheus' data is.</summary>
    public string Folder => _folder.FullName;

    /// <summary>All series, each with its values in the order in which they stand in the text.</summary>
    public Dictionary<string, List<(long At, double Value)>> Series { get; } = [];

    /// <summary>Runs it, or skips the running test where there is no promtool.</summary>
    public static async Task<PastSamples> WriteAsync(double days, CancellationToken cancellationToken, params string[] more)
    {
        Server.Need("promtool");
        var samples = new PastSamples();
        try
        {
            string[] arguments = ["history", "--days", days.ToString(CultureInfo.InvariantCulture), "--out", samples.Folder, "--text", .. more];
            var (code, output) = await Tool.RunAsync(Server.Need("dotnet"), [Path.Combine(AppContext.BaseDirectory, "LlmTelemetry.Demo.dll"), .. arguments], cancellationToken);
            Assert.True(code == 0, output);
            foreach (var file in Directory.EnumerateFiles(Path.Combine(samples.Folder, "openmetrics")).Order(StringComparer.Ordinal))
            {
                samples.Read(await File.ReadAllLinesAsync(file, cancellationToken));
            }

            return samples;
        }
        catch
        {
            samples.Dispose();
            throw;
        }
    }

    /// <summary>The sum of a metric's last values.</summary>
    /// <param name="name">Its name in Prometheus.</param>
    /// <param name="label">Part of its labels.</param>
    public double Sum(string name, string label = "")
    {
        var last = Series.Values.Max(values => values[^1].At);
        return Of(name).Where(series => series.Key.Contains(label, StringComparison.Ordinal) && series.Value[^1].At == last).Sum(series => series.Value[^1].Value);
    }

    /// <summary>The sum of a metric's values some time before the last ones.</summary>
    public double SumBefore(string name, TimeSpan before)
    {
        var at = Series.Values.Max(values => values[^1].At) - (long)before.TotalSeconds;
        return Of(name).Sum(series => series.Value.LastOrDefault(value => value.At <= at).Value);
    }

    /// <summary>The series of a metric.</summary>
    public IEnumerable<KeyValuePair<string, List<(long At, double Value)>>> Of(string name) => Series.Where(series => series.Key.StartsWith(name + "{", StringComparison.Ordinal));

    public void Dispose() => _folder.Delete(recursive: true);

    private void Read(string[] lines)
    {
        Assert.Equal("# EOF", lines[^1]);
        foreach (var line in lines.Where(line => !line.StartsWith('#')))
        {
            var sample = Sample().Match(line);
            Assert.True(sample.Success, line);
            var series = sample.Groups["series"].Value;
            if (!Series.TryGetValue(series, out var values))
            {
                Series.Add(series, values = []);
            }

            values.Add((long.Parse(sample.Groups["at"].Value, CultureInfo.InvariantCulture), double.Parse(sample.Groups["value"].Value, CultureInfo.InvariantCulture)));
        }
    }

    [GeneratedRegex(@"^(?<series>[a-z][a-zA-Z0-9_]*\{.*\}) (?<value>\S+) (?<at>\d+)$")]
    private static partial Regex Sample();
}
