using System.Runtime.CompilerServices;
using LlmTelemetry.Instrumentation;
using LlmTelemetry.Usage;

namespace LlmTelemetry.Budgets;

/// <summary>A streaming call. Its hold is placed when the first update is asked for, and settled when the stream ends, however it ends.</summary>
/// <param name="admissions">Asks for room.</param>
/// <param name="newCall">Makes the call.</param>
internal sealed class BudgetedStream<TCall, TUpdate>(CallAdmissions admissions, Func<TCall> newCall)
    where TCall : BudgetedCall, IStreamedCall<TUpdate>
{
    // Of where the stream was asked for. The tracker inside is asked in this context, and takes from it what it needs.
    private readonly ExecutionContext? _asked = ExecutionContext.Capture();
    private readonly Attribution _scope = UsageScope.Current;

    public async IAsyncEnumerable<TUpdate> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var call = newCall();
        var admission = await admissions.AdmitAsync(call, _scope, cancellationToken).ConfigureAwait(false);
        using var held = admission is null ? null : new HeldStream(admission, BudgetFrame.Open(admissions.Gate, admissions.Events), admissions.Time);

        // After each yield the consumer's context is the current one; what is inside goes on in this one, with our frame.
        var context = held is null ? null : ExecutionContext.Capture();
        IAsyncEnumerator<TUpdate>? updates = null;
        try
        {
            updates = Open(call, held?.Frame, cancellationToken).GetAsyncEnumerator(cancellationToken);
            while (await updates.MoveNextAsync().ConfigureAwait(false))
            {
                var update = updates.Current;
                if (held is not null)
                {
                    Read(call, update, held.Seen);
                }

                yield return update;
                if (context is not null)
                {
                    ExecutionContext.Restore(context);
                }
            }
        }
        finally
        {
            // Disposed by the consumer: in the consumer's context.
            if (context is not null)
            {
                ExecutionContext.Restore(context);
            }

            try
            {
                if (updates is not null)
                {
                    await updates.DisposeAsync().ConfigureAwait(false);
                }
            }
            finally
            {
                if (held is not null)
                {
                    await held.SettleAsync().ConfigureAwait(false);
                }
            }
        }
    }

    private IAsyncEnumerable<TUpdate> Open(TCall call, BudgetFrame? frame, CancellationToken cancellationToken)
    {
        if (_asked is null)
        {
            return call.Open(cancellationToken); // Whoever asked lets nothing flow.
        }

        IAsyncEnumerable<TUpdate>? stream = null;
        ExecutionContext.Run(
            _asked,
            _ =>
            {
                frame?.Enter();
                stream = call.Open(cancellationToken);
            },
            null);
        return stream!;
    }

    private static void Read(TCall call, TUpdate update, AnswerSeen seen)
    {
        try
        {
            call.Read(update, seen);
        }
        catch (Exception cause) // An update of somebody's own making.
        {
            SelfDiagnostics.Log.Failed(cause, "What an update holds is not known to the budgets.");
        }
    }
}
