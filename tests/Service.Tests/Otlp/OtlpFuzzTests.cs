using System.Diagnostics;
using Google.Protobuf;
using LlmTelemetry.CostExporter;
using LlmTelemetry.Usage;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;

namespace LlmTelemetry.Service.Tests.Otlp;

/// <summary>Whatever is sent: an answer of 2xx or 4xx within its time, memory that comes back, and nothing delivered but what was answered with 200, and then exactly what Google.Protobuf reads of it.</summary>
[Collection(MeasuredMemory.Name)]
public sealed class OtlpFuzzTests(ITestOutputHelper output)
{
    private const int Seed = 20261123;

    private static readonly bool IsLong = Environment.GetEnvironmentVariable("LLMTELEMETRY_LONG") == "1";
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task Any_body_through_the_pipeline_is_answered_and_only_accepted_ones_are_delivered()
    {
        var inputs = IsLong ? 1_000_000 : 6_000;
        var receiver = new SummingReceiver();
        var limits = new OtlpLimits();
        var handler = new OtlpHandler(receiver, new OtlpDecoder(limits, PriceBook.Embedded), limits, NullLogger.Instance);
        var cases = new OtlpFuzzCases(Seed);
        var counts = new OtlpFuzzCounts();
        await RunAsync(1_000);
        var (before, clock) = (GC.GetTotalMemory(forceFullCollection: true), Stopwatch.StartNew());

        await RunAsync(inputs);

        var grown = GC.GetTotalMemory(forceFullCollection: true) - before;
        output.WriteLine($"{counts}; {clock.Elapsed.TotalSeconds:0} s, memory {grown >> 10} KiB more, slowest {counts.Slowest.TotalMilliseconds:0} ms");
        Assert.Equal(0, handler.MemoryTaken);
        Assert.InRange(grown, long.MinValue, 64 << 20);
        Assert.True(counts.Compared > inputs / 10 && counts.Accepted > inputs / 5 && counts.Refused > inputs / 4, counts.ToString());

        async Task RunAsync(int rounds)
        {
            for (var i = 0; i < rounds; i++)
            {
                var one = cases.Next();
                var begun = Stopwatch.GetTimestamp();
                var context = new DefaultHttpContext();
                context.Features.Set(ApiCaller.Local);
                context.Request.Body = new MemoryStream(one.Sent);
                context.Request.ContentType = one.Type;
                context.Request.Headers.ContentEncoding = one.Encoding;
                await handler.HandleAsync(context, one.Signal).WaitAsync(Deadline, TestContext.Current.CancellationToken);
                counts.Check(one, context.Response.StatusCode, receiver.Take(), Stopwatch.GetElapsedTime(begun));
            }
        }
    }

    [Fact]
    public async Task Any_body_over_http_is_answered_and_only_accepted_ones_are_delivered()
    {
        var inputs = IsLong ? 30_000 : 600;
        await using var service = await OtlpUnderTest.StartAsync();
        service.Http.Timeout = Deadline;
        var delivered = new SummingReceiver();
        service.Receiver.Answer = delivered.ReceiveAsync;
        var cases = new OtlpFuzzCases(Seed + 1);
        var counts = new OtlpFuzzCounts();
        for (var i = 0; i < inputs; i++)
        {
            var one = cases.Next();
            var begun = Stopwatch.GetTimestamp();
            using var answer = await service.PostAsync(one.Signal.Path, one.Sent, one.Type, one.Encoding);
            counts.Check(one, (int)answer.StatusCode, delivered.Take(), Stopwatch.GetElapsedTime(begun));
        }

        output.WriteLine(counts.ToString());
        Assert.True(counts.Accepted > 0 && counts.Refused > 0 && counts.Compared > 0, counts.ToString());
    }

    /// <summary>Adds up what is delivered.</summary>
    private sealed class SummingReceiver : IUsageReceiver
    {
        private OtlpSum _sum;

        public Task<DeliveryReply> ReceiveAsync(Delivery delivery, CancellationToken cancellationToken)
        {
            _sum += OtlpSum.Of(delivery);
            return Task.FromResult(new DeliveryReply(IsBooked: true));
        }

        /// <summary>What was delivered since the last time.</summary>
        public OtlpSum Take()
        {
            var sum = _sum;
            _sum = default;
            return sum;
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}

/// <summary>One request.</summary>
/// <param name="Signal">Where it goes.</param>
/// <param name="Sent">Its body.</param>
/// <param name="Type">What it says that it is.</param>
/// <param name="Encoding">How it says that it is compressed; null: not.</param>
/// <param name="Plain">The protobuf that arrives when all is well with its compression; null for JSON, and where that is damaged.</param>
/// <param name="IsWhole">Whether nothing was changed.</param>
internal sealed record OtlpFuzzCase(OtlpSignal Signal, byte[] Sent, string Type, string? Encoding, byte[]? Plain, bool IsWhole);

/// <summary>Requests, most of them wrong.</summary>
internal sealed class OtlpFuzzCases
{
    private const int Bodies = 400;

    private readonly Random _random;
    private readonly OtlpMutator _mutator;
    private readonly (OtlpSignal Signal, byte[] Protobuf, byte[] Json)[] _bodies;

    public OtlpFuzzCases(int seed)
    {
        _random = new Random(seed);
        _mutator = new OtlpMutator(_random);
        var seeds = new OtlpSeeds(_random);
        _bodies = [.. Enumerable.Range(0, Bodies).Select(i =>
        {
            var signal = OtlpSignal.All[i % OtlpSignal.All.Count];
            var request = seeds.Make(signal);
            return (signal, request.ToByteArray(), OtlpSeeds.Json(request));
        })];
    }

    public OtlpFuzzCase Next()
    {
        var one = _bodies[_random.Next(Bodies)];
        var other = _bodies[_random.Next(Bodies)];
        var isJson = _random.Next(3) == 0;
        var isWhole = _random.Next(10) == 0;
        var body = isJson ? one.Json : one.Protobuf;
        body = isWhole ? body : _mutator.Mutate(body, isJson ? other.Json : other.Protobuf, isJson);
        var type = isJson ? Otlp.Json : Otlp.Protobuf;
        switch (_random.Next(12))
        {
            case 0: // Compressed as it is.
                return new OtlpFuzzCase(one.Signal, Otlp.Zip(body), type, "gzip", isJson ? null : body, isWhole);
            case 1: // Damaged after it was compressed.
                return new OtlpFuzzCase(one.Signal, _mutator.Mutate(Otlp.Zip(body), Otlp.Zip(other.Protobuf), isJson: false), type, "gzip", null, IsWhole: false);
            case 2: // Says that it is something else.
                return new OtlpFuzzCase(one.Signal, body, isJson ? Otlp.Protobuf : Otlp.Json, _random.Next(2) == 0 ? "gzip" : null, null, IsWhole: false);
            case 3 when _random.Next(4) == 0:
                return new OtlpFuzzCase(one.Signal, body, _random.Next(2) == 0 ? "text/plain" : type, "br", null, IsWhole: false);
            default:
                return new OtlpFuzzCase(one.Signal, body, type, null, isJson ? null : body, isWhole);
        }
    }
}

/// <summary>Compares answers and deliveries with what is right, and counts them.</summary>
internal sealed class OtlpFuzzCounts
{
    private readonly SortedDictionary<int, int> _statuses = [];

    public int Accepted => _statuses.GetValueOrDefault(StatusCodes.Status200OK);

    public int Refused => _statuses.Values.Sum() - Accepted;

    /// <summary>Accepted ones that Google.Protobuf can read too, and reads the same of.</summary>
    public int Compared { get; private set; }

    public TimeSpan Slowest { get; private set; }

    public void Check(OtlpFuzzCase one, int status, OtlpSum delivered, TimeSpan taken)
    {
        _statuses[status] = _statuses.GetValueOrDefault(status) + 1;
        Slowest = taken > Slowest ? taken : Slowest;
        var what = $"{status} to {one.Signal.Path}, {one.Type} {one.Encoding}: {Convert.ToBase64String(one.Sent.AsSpan(0, Math.Min(one.Sent.Length, 4_000)))}";
        Assert.True(status is StatusCodes.Status200OK or StatusCodes.Status400BadRequest or StatusCodes.Status413PayloadTooLarge or StatusCodes.Status415UnsupportedMediaType, what);
        Assert.True(status == StatusCodes.Status200OK || !one.IsWhole, what);
        if (status != StatusCodes.Status200OK)
        {
            Assert.True(delivered == default, what);
        }
        else if (one.Plain is { } plain && Read(one.Signal, plain) is { } right)
        {
            Assert.True(right == delivered, $"{right} is right, not {delivered}: {what}");
            Compared++;
        }
    }

    public override string ToString() => $"{string.Join(", ", _statuses.Select(status => $"{status.Key}: {status.Value}"))}; {Compared} compared";

    // What it cannot read may be damaged where nothing of usage stands.
    private static OtlpSum? Read(OtlpSignal signal, byte[] body)
    {
        try
        {
            return OtlpModel.Read(signal, body);
        }
        catch (InvalidProtocolBufferException)
        {
            return null;
        }
    }
}
