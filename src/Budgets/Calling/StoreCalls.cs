namespace LlmTelemetry.Budgets;

/// <summary>Asks the ledger: each answer has a time limit, and periods are by the store's clock.</summary>
internal sealed class StoreCalls(IBudgetLedger ledger, TimeProvider time, StoreCircuit circuit, BudgetMeters meters)
{
    // The first try may be by a clock that nobody compared yet, the second may fall on midnight itself.
    private const int Tries = 3;

    private readonly StoreClock _clock = new(time);

    /// <summary>Asks something that tells periods, anew where the store is in another one.</summary>
    /// <param name="ask">Asks, with the periods at the store's time (milliseconds since 1970).</param>
    /// <param name="timeout">How long each answer may take.</param>
    /// <param name="cancellationToken">Ends waiting.</param>
    /// <exception cref="TimeoutException">The store did not answer; what was asked may be done all the same.</exception>
    public async Task<LedgerAnswer> AskAsync(Func<IBudgetLedger, long, Task<LedgerAnswer>> ask, TimeSpan timeout, CancellationToken cancellationToken)
    {
        try
        {
            for (var i = 0; i < Tries; i++)
            {
                var answer = await WithinAsync(ask(ledger, _clock.Now), timeout, cancellationToken).ConfigureAwait(false);
                _clock.Observe(answer.Now);
                meters.Expired(answer.Expired);
                if (answer.Status != LedgerStatus.OtherPeriod)
                {
                    circuit.Succeeded();
                    return answer;
                }
            }

            throw new InvalidOperationException($"The clock of {ledger.Place} is in another period at each of {Tries} tries.");
        }
        catch (LedgerKeyException)
        {
            // The store is well: others need not do without it.
            circuit.Succeeded();
            throw;
        }
        catch (Exception cause) when (!cancellationToken.IsCancellationRequested)
        {
            circuit.Failed(cause);
            throw;
        }
    }

    /// <summary>Asks something that no period matters to.</summary>
    /// <param name="ask">Asks; told the store's time (milliseconds since 1970) as far as it is known.</param>
    /// <param name="timeout">How long the answer may take.</param>
    /// <param name="cancellationToken">Ends waiting.</param>
    /// <exception cref="TimeoutException">The store did not answer; what was asked may be done all the same.</exception>
    public async Task<T> CallAsync<T>(Func<IBudgetLedger, long, Task<T>> ask, TimeSpan timeout, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await WithinAsync(ask(ledger, _clock.Now), timeout, cancellationToken).ConfigureAwait(false);
            circuit.Succeeded();
            return answer;
        }
        catch (Exception cause) when (!cancellationToken.IsCancellationRequested)
        {
            circuit.Failed(cause);
            throw;
        }
    }

    /// <summary>Takes the right to warn.</summary>
    public Task<bool> ClaimAsync(AppliedLimit limit, BudgetCalendar calendar, int percent, TimeSpan timeout) =>
        WithinAsync(ledger.ClaimWarningAsync(limit.Line(calendar, _clock.Now), percent, CancellationToken.None), timeout, CancellationToken.None);

    private async Task<T> WithinAsync<T>(Task<T> answer, TimeSpan timeout, CancellationToken cancellationToken)
    {
        try
        {
            return await answer.WaitAsync(timeout, time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException cause) when (!answer.IsCompleted)
        {
            throw new TimeoutException($"{ledger.Place} did not answer within {timeout}.", cause);
        }
        finally
        {
            if (!answer.IsCompleted)
            {
                // What comes late is nobody's any more, be it a failure.
                _ = answer.ContinueWith(static late => late.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
            }
        }
    }
}
