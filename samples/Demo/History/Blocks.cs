using System.Globalization;

namespace LlmTelemetry.Demo;

/// <summary>Makes Prometheus' blocks of OpenMetrics text with promtool, one behind the other, while the next text is written.</summary>
/// <param name="folder">Where blocks go.</param>
/// <param name="texts">The folder for text beside them; of these blocks alone.</param>
/// <param name="keepsText">Whether the text stays.</param>
internal sealed class Blocks(string folder, string texts, bool keepsText) : IAsyncDisposable
{
    private readonly string _texts = Path.Combine(folder, texts);
    private Task _last = Task.CompletedTask;

    /// <summary>Makes a block of a text, when that before it is made.</summary>
    /// <param name="text">The text.</param>
    /// <param name="last">Its last moment.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task AddAsync(OpenMetricsText text, DateTimeOffset last, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(_texts);
        var file = Path.Combine(_texts, last.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'.txt'", CultureInfo.InvariantCulture));
        await text.WriteAsync(file, cancellationToken);
        await _last;
        _last = Task.Run(() => MakeAsync(file, cancellationToken), cancellationToken);
    }

    /// <summary>Waits until all are made.</summary>
    public async Task CompleteAsync()
    {
        await _last;
        if (!keepsText && Directory.Exists(_texts))
        {
            Directory.Delete(_texts, recursive: true);
        }
    }

    public async ValueTask DisposeAsync() => await _last.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private async Task MakeAsync(string file, CancellationToken cancellationToken)
    {
        await Promtool.RunAsync(["tsdb", "create-blocks-from", "openmetrics", "--quiet", file, folder], cancellationToken);
        if (!keepsText)
        {
            File.Delete(file);
        }
    }
}
