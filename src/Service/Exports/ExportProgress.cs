using System.Globalization;

namespace LlmTelemetry.Service;

/// <summary>Shows on a terminal how far an export is; elsewhere it is silent. Not thread-safe.</summary>
/// <param name="error">Standard error.</param>
/// <param name="isShown">Whether it is a terminal.</param>
/// <param name="time">The clock.</param>
internal sealed class ExportProgress(TextWriter error, bool isShown, TimeProvider time) : IDisposable
{
    private const int Width = 30;
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(0.1);

    private long _shownAt;
    private bool _wasShown;

    /// <summary>How many rows were written.</summary>
    public long Rows { get; private set; }

    /// <summary>How much of the export is done, from 0 to 1; null while that is not known.</summary>
    public double? Done { get; set; }

    public void Row()
    {
        Rows++;
        if (isShown && (!_wasShown || time.GetElapsedTime(_shownAt) >= Every))
        {
            _shownAt = time.GetTimestamp();
            Show();
        }
    }

    public void Dispose()
    {
        if (_wasShown)
        {
            Show();
            error.WriteLine();
        }
    }

    private void Show()
    {
        _wasShown = true;
        var bar = Done is { } done ? $"[{new string('#', (int)(done * Width)).PadRight(Width, '.')}] {(int)(done * 100),3} %  " : "";
        error.Write(string.Create(CultureInfo.InvariantCulture, $"\r{bar}{Rows:N0} rows"));
    }
}
