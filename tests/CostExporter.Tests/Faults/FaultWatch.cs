using System.Diagnostics;

namespace LlmTelemetry.CostExporter.Tests;

/// <summary>What the proxies of one test see: which batches are under way, what became of those that a fault met; and what they do to answers.</summary>
/// <param name="timeout">After so long an exporter gives up on an answer.</param>
internal sealed class FaultWatch(TimeSpan timeout)
{
    private readonly Lock _gate = new();
    private readonly HashSet<WatchedRequest> _underWay = [];
    private TaskCompletionSource<FaultProxy> _nextBatch = NewSource<FaultProxy>();
    private TaskCompletionSource<FaultProxy> _nextAnswer = NewSource<FaultProxy>();
    private volatile TaskCompletionSource<bool> _open = OpenGate();
    private TaskCompletionSource? _cut;
    private LedgerFault? _fault;

    public int Acknowledged { get; private set; }

    /// <summary>Answers to batches that the store had already: their first answer was not heard, or they were asked for once more.</summary>
    public int Repeated { get; private set; }

    /// <summary>Answers that a batch before is missing: a store that writes to disk before it answers never gives one.</summary>
    public int Gaps { get; private set; }

    /// <summary>Answers of a server that is still loading.</summary>
    public int Loading { get; private set; }

    /// <summary>How long each answer to a batch is kept back.</summary>
    public TimeSpan Delay { get; set; }

    /// <summary>Ends with the first batch that is sent after the store has answered one; says whose it is.</summary>
    /// <param name="hold">Whether its answer, and those to all others, are kept back until <see cref="Release"/>.</param>
    public async Task<FaultProxy> BatchOfHealthyStoreAsync(bool hold)
    {
        await Renew(ref _nextAnswer).Task;
        if (hold)
        {
            Hold();
        }

        return await Renew(ref _nextBatch).Task;
    }

    /// <summary>A fault begins now.</summary>
    /// <param name="kind">Its kind.</param>
    /// <param name="only">The one exporter that it concerns; null: all.</param>
    public LedgerFault Begin(FaultKind kind, FaultProxy? only = null)
    {
        lock (_gate)
        {
            var fault = new LedgerFault(kind);
            _fault = only is null ? fault : null;
            foreach (var request in _underWay.Where(request => only is null || request.Of == only))
            {
                request.Fault = fault;
            }

            return fault;
        }
    }

    /// <summary>It is over: what it met before may still turn out to be hit.</summary>
    public void End()
    {
        lock (_gate)
        {
            _fault = null;
        }
    }

    /// <summary>Keeps the answers to batches back until <see cref="Release"/>.</summary>
    public void Hold() => _open = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <param name="heard">False: what was kept back is never heard, and its connections end.</param>
    public void Release(bool heard) => _open.TrySetResult(heard);

    /// <summary>Ends the next connection on which a batch was applied, before the answer is heard; the task ends when that is done.</summary>
    public Task CutNextAsync()
    {
        lock (_gate)
        {
            return (_cut = NewSource()).Task;
        }
    }

    public WatchedRequest Sent(FaultProxy of, bool isBatch)
    {
        lock (_gate)
        {
            var request = new WatchedRequest(of, isBatch, Stopwatch.GetTimestamp()) { Fault = _fault };
            if (isBatch)
            {
                _underWay.Add(request);
                _nextBatch.TrySetResult(of);
            }

            return request;
        }
    }

    /// <summary>Waits as long as the answer to this batch is kept back, and what comes behind it on its connection with it; false: it is never heard.</summary>
    public async Task<bool> KeepBackAsync(WatchedRequest? request, CancellationToken cancellationToken)
    {
        if (request is not { IsBatch: true })
        {
            // Else no exporter that connects anew would come as far as to send a batch.
            return true;
        }

        var open = _open.Task;
        var wasHeld = !open.IsCompleted;
        var heard = await open.WaitAsync(cancellationToken);
        if (Delay is var delay && delay > TimeSpan.Zero)
        {
            await Task.Delay(delay, cancellationToken);
        }

        return heard || !wasHeld;
    }

    /// <summary>Notes an answer; false: it must not be passed on, and its connection ends.</summary>
    public bool Answered(WatchedRequest? request, ReadOnlySpan<byte> answer)
    {
        lock (_gate)
        {
            Loading += answer.StartsWith("-LOADING"u8) ? 1 : 0;
            if (request is not { IsBatch: true })
            {
                return true;
            }

            if (_cut is { } cut && answer.StartsWith("*4\r\n:1\r\n"u8))
            {
                _cut = null;
                Lose(request);
                cut.TrySetResult();
                return false;
            }

            _underWay.Remove(request);
            if (answer[0] == '-')
            {
                request.Fault?.NoteRefused();
                return true;
            }

            if (Stopwatch.GetElapsedTime(request.SentAt) > timeout)
            {
                request.Fault?.NoteLate();
            }

            Acknowledged++;
            Repeated += answer.StartsWith("*4\r\n:0\r\n"u8) ? 1 : 0;
            Gaps += answer.StartsWith("*4\r\n:-1\r\n"u8) ? 1 : 0;
            _nextAnswer.TrySetResult(request.Of);
            return true;
        }
    }

    /// <summary>The connection ended without an answer.</summary>
    public void Lost(WatchedRequest request)
    {
        lock (_gate)
        {
            Lose(request);
        }
    }

    private void Lose(WatchedRequest request)
    {
        if (_underWay.Remove(request))
        {
            request.Fault?.NoteUnanswered();
        }
    }

    private TaskCompletionSource<FaultProxy> Renew(ref TaskCompletionSource<FaultProxy> source)
    {
        lock (_gate)
        {
            return source = NewSource<FaultProxy>();
        }
    }

    private static TaskCompletionSource<T> NewSource<T>() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static TaskCompletionSource<bool> OpenGate()
    {
        var gate = new TaskCompletionSource<bool>();
        gate.SetResult(true);
        return gate;
    }
}

/// <summary>A request on its way.</summary>
internal sealed class WatchedRequest(FaultProxy of, bool isBatch, long sentAt)
{
    public FaultProxy Of => of;

    public bool IsBatch => isBatch;

    public long SentAt => sentAt;

    /// <summary>The fault that met it.</summary>
    public LedgerFault? Fault { get; set; }
}
