using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace LlmTelemetry.Service;

/// <summary>
/// Opens the ledger in the background, however long it takes: the service starts without its store. At the end, after the last request, it sends what is left and closes everything.
/// </summary>
internal sealed class LedgerService(ServedLedger ledger, ServedStores stores, StoreProbe probe, StoreState state, IHostApplicationLifetime lifetime, ILogger<LedgerService> logger) : IHostedService, IDisposable
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(15);

    private readonly CancellationTokenSource _stopping = new();
    private Task _opening = Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        logger.LogInformation("Spend is kept in {Store}, in days of {TimeZone}.", ledger.Options.Place, ledger.Options.TimeZone.Id);
        _opening = Task.Run(OpenAsync, CancellationToken.None);
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _opening.ConfigureAwait(false);
        await ledger.Receiver.DisposeAsync().ConfigureAwait(false);
        await ledger.Budgets.DisposeAsync().ConfigureAwait(false);
        if (stores.Records is { } records)
        {
            await records.DisposeAsync().ConfigureAwait(false);
        }

        await stores.Spend.DisposeAsync().ConfigureAwait(false);
    }

    public void Dispose() => _stopping.Dispose();

    private async Task OpenAsync()
    {
        await RepeatAsync(
            "The ledger's store",
            async () =>
            {
                await probe.OpenAsync(_stopping.Token).ConfigureAwait(false);
                state.Open();
            }).ConfigureAwait(false);
        if (stores.Records is { } records && state.IsOpen)
        {
            await RepeatAsync("The store of records", () => records.OpenAsync(_stopping.Token)).ConfigureAwait(false);
        }
    }

    private async Task RepeatAsync(string what, Func<Task> open)
    {
        var pause = FirstPause;
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                await open().ConfigureAwait(false);
                logger.LogInformation("{What} is open.", what);
                return;
            }
            catch (SpendStoreMismatchException mismatch)
            {
                // Waiting does not make it ours.
                state.Mismatch = mismatch;
                lifetime.StopApplication();
                return;
            }
            catch (Exception cause) when (!_stopping.IsCancellationRequested) // Whatever its client throws: it is tried again.
            {
                logger.LogWarning("{What} is not there yet, and is tried again in {Pause}: {Problem}", what, pause, cause.Message);
            }
            catch (Exception) // The end came first.
            {
                return;
            }

            await Task.Delay(pause, ledger.Options.TimeProvider, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }
}
