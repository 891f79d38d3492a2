namespace LlmTelemetry.CostExporter;

/// <summary>Keeps the processes and threads that write one file apart: a file beside it, which one of them at a time holds open. The system lets go of it when a process dies.</summary>
internal sealed class RecordFileLock(string path, TimeSpan timeout, TimeProvider time)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    private readonly string _file = path + ".lock";

    /// <summary>Waits until nobody else holds it. What is returned lets go of it.</summary>
    /// <exception cref="TimeoutException">Another process holds it for too long.</exception>
    /// <exception cref="IOException">The folder cannot be written to.</exception>
    public async Task<IDisposable> TakeAsync(CancellationToken cancellationToken)
    {
        if (Path.GetDirectoryName(_file) is { Length: > 0 } folder)
        {
            Directory.CreateDirectory(folder);
        }

        var began = time.GetTimestamp();
        while (true)
        {
            try
            {
                return Open();
            }
            catch (IOException) when (File.Exists(_file))
            {
                if (time.GetElapsedTime(began) > timeout)
                {
                    throw new TimeoutException($"{_file} is held by another process.");
                }
            }

            await Task.Delay(Pause, time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The same for a reader, who may have no right to write there: then it reads without.</summary>
    public async Task<IDisposable?> TryTakeAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await TakeAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception cause) when (cause is UnauthorizedAccessException or IOException)
        {
            return null;
        }
    }

    private FileStream Open() => new(_file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1);
}
