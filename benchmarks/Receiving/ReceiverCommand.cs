using System.Globalization;

namespace LlmTelemetry.Benchmarks;

/// <summary><c>receiver [SECONDS]</c>: how much telemetry the service takes in over OTLP/HTTP until it is durable in Redis, and what reading it alone costs.</summary>
internal static class ReceiverCommand
{
    private const int Connections = 4;

    public static async Task RunAsync(string[] arguments)
    {
        var time = TimeSpan.FromSeconds(arguments is [var text] ? int.Parse(text, CultureInfo.InvariantCulture) : 10);
        Decoding.Print();

        var table = new MarkdownTable("what is sent", "per request", "items/s", "p50, ms", "p99, ms", "CPU here, us/item", "in Redis, us/item");
        foreach (var collections in (int[])[1, 8])
        {
            table.Add(await ReceiverLoad.MeasureAsync($"points, AOF everysec, x{Connections}", "everysec", Bodies.Points(Connections, collections), time));
        }

        table.Add(await ReceiverLoad.MeasureAsync($"points, AOF always, x{Connections}", "always", Bodies.Points(Connections, collections: 8), time));
        table.Add(await ReceiverLoad.MeasureAsync($"usage events, AOF everysec, x{Connections}", "everysec", Bodies.Events(Connections), time));
        table.Print($"Accepted and durable: {Connections} connections, each the next request when the last is answered; client, service and Redis on the same cores");
    }
}
