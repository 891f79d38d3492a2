using Microsoft.Data.Sqlite;

namespace LlmTelemetry.CostExporter;

/// <summary>
/// One connection to a SQLite file, or to memory, used by one call at a time and never on the caller's thread, since SQLite works synchronously. Every call has
/// the store's time limit.
/// </summary>
/// <param name="name">The store, as messages name it.</param>
/// <param name="path">Its file; null for memory, which lives as long as this object.</param>
/// <param name="settings">The settings.</param>
/// <param name="open">Opens the file, or makes it.</param>
internal sealed class SqliteWorker(string name, string? path, StoreSettings settings, Func<SqliteSession> open) : IAsyncDisposable
{
    // Released by the work, not by its caller: a caller that gave up must not let the next one in.
    private readonly SemaphoreSlim _gate = new(1);

    // Used only by who holds the gate.
    private SqliteSession? _session;
    private bool _disposed;

    /// <summary>Runs some work, within the time limit.</summary>
    public async Task<T> RunAsync<T>(Func<SqliteSession, CancellationToken, T> work, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(settings.Timeout, settings.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        var stop = either.Token;
        try
        {
            await _gate.WaitAsync(stop).ConfigureAwait(false);
            var running = Task.Run(() => Guarded(work, stop), CancellationToken.None);
            _ = running.ContinueWith(static late => late.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
            return await running.WaitAsync(stop).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"{name} did not answer within {settings.Timeout}.");
        }
        catch (SqliteException cause)
        {
            throw SqliteErrors.Explain(name, cause);
        }
    }

    public async ValueTask DisposeAsync()
    {
        // Without a limit of its own: what holds the gate has one.
        await _gate.WaitAsync().ConfigureAwait(false);
        try
        {
            _disposed = true;
            await Task.Run(Close).ConfigureAwait(false);
        }
        finally
        {
            _gate.Release();
        }
    }

    private T Guarded<T>(Func<SqliteSession, CancellationToken, T> work, CancellationToken stop)
    {
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_session is { HasMoved: true } old)
            {
                // SQLite would go on with the file that nobody else can open. In the one that is there now, a batch's number shows what is gone.
                old.CheckLog(name);
                Close();
            }

            var session = _session ??= open();
            var result = work(session, stop);
            session.RememberLog();
            return result;
        }
        catch (SqliteException cause) when (SqliteErrors.NeedsReopening(cause) && path is not null)
        {
            // What this connection still knows of the file may be what is wrong.
            Close();
            throw;
        }
        finally
        {
            _gate.Release();
        }
    }

    private void Close()
    {
        _session?.Dispose();
        _session = null;
    }
}
