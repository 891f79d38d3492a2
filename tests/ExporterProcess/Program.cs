// Records calls into the store named first ("-": that of the environment), as many as named second, and prints its own tally: calls, tokens, pico-USD.
// With "sqlite-batches" first it writes batches into a SQLite file until it is killed: see SqliteBatches.cs.
// With "until-told" first it records until SIGTERM: see UntilTold.cs; with "until-killed" until SIGKILL: see UntilKilled.cs.
// With "deliveries" it delivers to a receiver of its own until it is killed or all is delivered: see Deliveries.cs.
using System.Globalization;
using LlmTelemetry.CostExporter;
using LlmTelemetry.ExporterProcess;
using LlmTelemetry.Usage;

if (args[0] == UntilTold.Word)
{
    return await UntilTold.RunAsync(args[1..]);
}

if (args[0] == SqliteBatches.Word)
{
    return await SqliteBatches.RunAsync(args[1..]);
}

if (args[0] == Deliveries.Word)
{
    return await Deliveries.RunAsync(args[1..]);
}

if (args[0] == UntilKilled.Word)
{
    return await UntilKilled.RunAsync(args[1..]);
}

var calls = int.Parse(args[1], CultureInfo.InvariantCulture);
Int128 tokens = 0, pico = 0;
var exporter = CostExporterHost.Start(o => (o.Store, o.Interval, o.ShutdownTimeout) = (args[0] == "-" ? o.Store : args[0], TimeSpan.FromMilliseconds(20), TimeSpan.FromSeconds(20)));
for (var i = 0; i < calls; i++)
{
    var call = new UsageEvent
    {
        CallId = Guid.NewGuid(),
        EndedAt = DateTimeOffset.UtcNow,
        Operation = "chat",
        Provider = "anthropic",
        ResponseModel = "claude-sonnet-4-5",
        Attribution = new Attribution(User: "user-" + (i % 10).ToString(CultureInfo.InvariantCulture), Tenant: i % 3 == 0 ? "acme" : null, Session: "shared"),
    };
    var usage = default(CallUsage);
    usage[UsageBucket.Input] = i;
    usage[UsageBucket.CacheRead] = 7;
    usage[UsageBucket.Output] = i % 13;
    call.SetUsage(in usage);
    var cost = PriceBook.Embedded.Quote(call.Provider, call.Model, in usage, call.EndedAt) ?? throw new InvalidOperationException("The price book lost the model of this test.");
    call.SetCost(in cost);
    UsageHub.Default.Publish(in call);
    UsageHub.Default.Publish(new MetricEvent("rating", 0.1, "{point}", call.EndedAt, call.Attribution, [new("kind", i % 2 == 0 ? "even" : "odd")]));
    tokens += i + 7 + (i % 13);
    pico += cost.TotalPico;
    if (i % 100 == 0)
    {
        // So that the batches of two processes alternate.
        await exporter.FlushAsync();
    }
}

var last = await exporter.FlushAsync();
await exporter.DisposeAsync();
Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"tally {calls} {tokens} {pico}"));
return last.Error is null && last.PendingRows == 0 ? 0 : 1;
