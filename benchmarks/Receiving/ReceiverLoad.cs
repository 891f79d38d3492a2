using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using LlmTelemetry.CostExporter;
using LlmTelemetry.Service;
using LlmTelemetry.TestKit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace LlmTelemetry.Benchmarks;

/// <summary>Posts requests to the endpoints of the service, on a real Kestrel and a real Redis, as fast as they are answered.</summary>
internal static class ReceiverLoad
{
    public static async Task<string[]> MeasureAsync(string name, string fsync, Bodies bodies, TimeSpan time)
    {
        await using var redis = await RedisServer.StartAsync("--appendfsync", fsync);
        var options = new CostExporterOptions { Store = redis.Address };
        await using var store = SpendStores.Create(options, options.ToStoreSettings());
        await using var receiver = UsageReceiver.Start(options, store, records: null, NullLogger.Instance);
        await using var app = await StartAsync(options, store, receiver);
        var port = new Uri(app.Urls.Single()).Port;

        // A fifth of it for the runtime to compile what is hot.
        var connections = bodies.Requests.Select(requests => new Connection(requests)).ToArray();
        await Task.WhenAll(connections.Select(connection => connection.RunAsync(port, time / 5)));
        var warm = connections.Select(connection => connection.Answered).ToArray();
        foreach (var connection in connections)
        {
            connection.Latencies.Clear();
        }

        using var process = Process.GetCurrentProcess();
        var (here, there, begun) = (process.TotalProcessorTime, await RedisCommands.ProcessorSecondsAsync(redis), Stopwatch.GetTimestamp());
        await Task.WhenAll(connections.Select(connection => connection.RunAsync(port, time)));
        var seconds = Stopwatch.GetElapsedTime(begun).TotalSeconds;
        process.Refresh();
        var (hereSpent, thereSpent) = ((process.TotalProcessorTime - here).TotalSeconds, await RedisCommands.ProcessorSecondsAsync(redis) - there);

        var report = await new UsageReports(store, options.TimeZone, options.TimeProvider).QueryAsync(new UsageReportQuery { From = DateOnly.FromDateTime(DateTime.UtcNow.AddDays(-1)), To = DateOnly.FromDateTime(DateTime.UtcNow) });
        var right = connections.Sum(connection => bodies.Tokens(connection.Answered));
        if (report.Total.Tokens != right)
        {
            throw new InvalidOperationException($"{name}: the ledger has {report.Total.Tokens} tokens, {right} were accepted.");
        }

        var latencies = connections.SelectMany(connection => connection.Latencies).Order().ToArray();
        double items = latencies.Length * (double)bodies.Items;
        return
        [
            name, Text(bodies.Items), Text(items / seconds), Text(latencies[latencies.Length / 2], "F1"), Text(latencies[(int)(latencies.Length * 0.99)], "F1"),
            Text(hereSpent * 1e6 / items, "F1"), Text(thereSpent * 1e6 / items, "F1"),
        ];
    }

    private static async Task<WebApplication> StartAsync(CostExporterOptions options, ISpendStore store, IUsageReceiver receiver)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton(new ServedLedger(options, store, null!, null, receiver, null!));
        var app = builder.Build();
        app.Use((HttpContext context, RequestDelegate next) =>
        {
            context.Features.Set(ApiCaller.Local);
            return next(context);
        });
        app.UseRouting();
        app.UseEndpoints(static _ => { });
        app.MapOtlp();
        await app.StartAsync();
        return app;
    }

    private static string Text(double value, string format = "N0") => value.ToString(format, CultureInfo.InvariantCulture);

    // A client that costs little: what it takes is taken from the service.
    private sealed class Connection(byte[][] requests)
    {
        private readonly byte[] _answer = new byte[4096];

        public int Answered { get; private set; }

        public List<double> Latencies { get; } = [];

        public async Task RunAsync(int port, TimeSpan time)
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(IPAddress.Loopback, port);
            for (var begun = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(begun) < time && Answered < requests.Length;)
            {
                var sent = Stopwatch.GetTimestamp();
                await socket.SendAsync(requests[Answered]);

                // The answer to what was accepted as a whole has no body.
                var length = 0;
                while (!_answer.AsSpan(0, length).EndsWith("\r\n\r\n"u8))
                {
                    length += await socket.ReceiveAsync(_answer.AsMemory(length));
                }

                if (!_answer.AsSpan(0, length).StartsWith("HTTP/1.1 200"u8))
                {
                    throw new InvalidOperationException(System.Text.Encoding.ASCII.GetString(_answer, 0, length));
                }

                Answered++;
                Latencies.Add(Stopwatch.GetElapsedTime(sent).TotalMilliseconds);
            }

            if (Answered == requests.Length)
            {
                await Console.Error.WriteLineAsync("All requests that were made beforehand are sent: the time was shorter.");
            }
        }
    }
}
