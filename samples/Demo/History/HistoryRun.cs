using LlmTelemetry.Service;
using LlmTelemetry.Usage;

namespace LlmTelemetry.Demo;

/// <summary>
/// Days of traffic in less than a minute: planned calls through the real tracker and budgets into the real ledger, by a clock that is set, and what the SDK and the service
/// would have published meanwhile as blocks of Prometheus.
/// </summary>
internal sealed class HistoryRun(HistoryPlan plan, TextWriter output)
{
    // As long as Prometheus' own: promtool reads a file once for each block in it.
    private static readonly TimeSpan BlockLength = TimeSpan.FromHours(2);

    private readonly SimulatedTime _time = new(plan.Begin);
    private OpenMetricsText _text = new();
    private long _calls;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var begun = TimeProvider.System.GetTimestamp();

        // Before days are made of which no block can be.
        await Promtool.RunAsync(["--version"], cancellationToken);
        var hub = new UsageHub();
        var running = new RunningPeriods(plan.End);
        using var subscription = hub.Subscribe(running);
        using var sdk = new SdkReading();
        await using var blocks = new Blocks(plan.Folder, "openmetrics", plan.KeepsText);
        await using (var ledger = new PastLedger(plan, hub, _time))
        {
            await ledger.StartAsync(cancellationToken);
            var caller = new Caller(hub, ledger.Budgets, _time, _time.PassAsync);
            var traffic = new TrafficPlan(plan.End);
            var before = plan.Begin;
            foreach (var at in plan.Moments())
            {
                foreach (var call in traffic.Between(before, at))
                {
                    _time.Set(call.At);
                    await caller.MakeAsync(call, cancellationToken);
                    _calls++;
                }

                _time.Set(at);
                if (BlockOf(at) != BlockOf(before))
                {
                    await FinishAsync(blocks, before, cancellationToken);
                }

                Write(await ledger.BookAsync(cancellationToken), sdk, at);
                before = at;
            }

            await FinishAsync(blocks, plan.End, cancellationToken);
        }

        await blocks.CompleteAsync();
        if (plan.Rules is { } rules)
        {
            await output.WriteLineAsync($"{await new RuleHistory(plan, rules).AddAsync(cancellationToken)} samples of recording rules");
        }

        await running.BringAsync(plan.Store, cancellationToken);
        await output.WriteLineAsync(
            $"{_calls} calls of {plan.Days} days until {plan.End:u} in {TimeProvider.System.GetElapsedTime(begun).TotalSeconds:F1} s: the ledger in {plan.Store}, Prometheus' data in {plan.Folder}");
    }

    private static long BlockOf(DateTimeOffset at) => at.Ticks / BlockLength.Ticks;

    private void Write(IEnumerable<MetricFamily> ofLedger, SdkReading sdk, DateTimeOffset at)
    {
        var seconds = at.ToUnixTimeSeconds();
        var service = new Samples(_text, Product.LedgerJob, plan.ServiceAddress);
        foreach (var family in ofLedger)
        {
            service.Add(family, seconds);
        }

        var product = new Samples(_text, Product.Service, Product.Instance, Product.Environment);
        sdk.Collect(metric => product.Add(metric, seconds));
    }

    private async Task FinishAsync(Blocks blocks, DateTimeOffset last, CancellationToken cancellationToken)
    {
        var text = _text;
        _text = new OpenMetricsText();
        await blocks.AddAsync(text, last, cancellationToken);
    }
}
