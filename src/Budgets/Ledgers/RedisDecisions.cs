namespace LlmTelemetry.Budgets;

/// <summary>
/// Sends what callers ask at the same time together: a script costs Redis more than most of what it decides. Who is alone is sent at once; while scripts are under way, those who come
/// wait for one of them to come back and then go in one. Thread-safe.
/// </summary>
/// <param name="store">Its name in errors.</param>
/// <param name="send">Runs one script, and answers its decisions.</param>
/// <param name="timeout">What waited for so long is not sent any more: nobody waits for it.</param>
/// <param name="time">The clock of that.</param>
internal sealed class RedisDecisions(string store, Func<IReadOnlyList<RedisDecision>, Task> send, TimeSpan timeout, TimeProvider time)
{
    // One would leave Redis idle while its answer travels; more make smaller batches.
    private const int MostUnderWay = 2;

    // Redis does nothing else meanwhile. A decision has a few lines; what has more goes with fewer others, and what only lets a hold go counts as one.
    private const int MostLines = 250;

    private readonly Lock _gate = new();
    private readonly Queue<RedisDecision> _waiting = new();
    private int _underWay;

    public Task<LedgerAnswer> AskAsync(RedisDecision decision)
    {
        decision.AskedAt = time.GetTimestamp();
        lock (_gate)
        {
            _waiting.Enqueue(decision);
            if (_underWay == MostUnderWay)
            {
                return decision.Answer;
            }

            _underWay++;
        }

        // What is sent is everybody's: nobody's own context goes with it.
        using AsyncFlowControl? flow = ExecutionContext.IsFlowSuppressed() ? null : ExecutionContext.SuppressFlow();
        _ = SendAsync();
        return decision.Answer;
    }

    private async Task SendAsync()
    {
        while (Take() is { } decisions)
        {
            try
            {
                await send(decisions).ConfigureAwait(false);
            }
            catch (Exception cause) // Each of them hears of it.
            {
                decisions.ForEach(decision => decision.Fail(cause));
            }
        }
    }

    // What gives room back first. Null: nobody waits.
    private List<RedisDecision>? Take()
    {
        var decisions = new List<RedisDecision>();
        lock (_gate)
        {
            for (var lines = 0; _waiting.TryPeek(out var next) && (decisions.Count == 0 || lines + Cost(next) <= MostLines); _waiting.Dequeue())
            {
                if (IsLate(next))
                {
                    continue;
                }

                lines += Cost(next);
                decisions.Add(next);
            }

            if (decisions.Count == 0)
            {
                _underWay--;
                return null;
            }
        }

        return [.. decisions.OrderBy(static decision => decision.Kind)];
    }

    private static int Cost(RedisDecision decision) => Math.Max(1, decision.Lines.Count);

    private bool IsLate(RedisDecision decision)
    {
        if (decision.CancellationToken.IsCancellationRequested)
        {
            decision.Fail(new OperationCanceledException(decision.CancellationToken));
            return true;
        }

        if (time.GetElapsedTime(decision.AskedAt) < timeout)
        {
            return false;
        }

        decision.Fail(new TimeoutException($"{store} did not come to this within {timeout}: it waited for others, and was not sent."));
        return true;
    }
}
