#pragma warning disable MEAI001 // Interfaces that are still experimental.
using LlmTelemetry.Instrumentation.Tests.Pipelines;
using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;
using Microsoft.Extensions.AI;

namespace LlmTelemetry.Instrumentation.Tests;

/// <summary><c>builder.UseUsageTracking()</c> of each kind of pipeline: one call, one event with its cost, by what the pipeline's services hold.</summary>
public sealed class BuilderDoorTests : IUsageSink, IServiceProvider
{
    private readonly List<UsageEvent> _events = [];
    private readonly UsageHub _hub = new();
    private readonly ManualTime _time = new();

    public BuilderDoorTests() => _hub.Subscribe(this);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Chat()
    {
        using var client = new ProviderLike().AsBuilder().UseFunctionInvocation().UseUsageTracking(Feature).Build(this);

        await PipelineTests.AskAsync(client, isStreaming: false);

        Assert.Equal(2, _events.Count); // 100 + 200 in at 0.15, 11 + 12 out at 0.60 per million.
        Assert.Equal(0.0000588m, _events.Sum(call => call.Cost.Amount));
        Assert.All(_events, call => Assert.Equal((_time.GetUtcNow(), "door"), (call.EndedAt, call.Attribution.Feature)));
    }

    [Fact]
    public async Task Embeddings()
    {
        IEmbeddingGenerator<string, Embedding<float>> inner = new ScriptedMedia { Model = "text-embedding-3-small", OnEmbeddings = () => new() { Usage = new() { InputTokenCount = 1_000 } } };
        using var generator = inner.AsBuilder().UseUsageTracking(Feature).Build(this);

        await generator.GenerateAsync(["a"], null, Token);

        AssertOne("embeddings", 0.00002m); // 0.02 per million
    }

    [Fact]
    public async Task Images()
    {
        IImageGenerator inner = new ScriptedMedia { Model = "dall-e-2", OnImages = () => Task.FromResult(new ImageGenerationResponse([new DataContent(new byte[] { 1 }, "image/png")])) };
        using var generator = inner.AsBuilder().UseUsageTracking(Feature).Build(this);

        await generator.GenerateAsync(new ImageGenerationRequest("A cat"), null, Token);

        AssertOne("generate_content", 0.02m);
    }

    [Fact]
    public async Task Speech_to_text()
    {
        ISpeechToTextClient inner = new ScriptedMedia { Model = "whisper-1", OnText = () => new("Hello") { EndTime = TimeSpan.FromSeconds(90) } };
        using var client = inner.AsBuilder().UseUsageTracking(Feature).Build(this);

        await client.GetTextAsync(Stream.Null, null, Token);

        AssertOne("generate_content", 0.009m); // 0.0001 a second
    }

    [Fact]
    public async Task Text_to_speech()
    {
        using var client = ((ITextToSpeechClient)new ScriptedMedia { Model = "tts-1" }).AsBuilder().UseUsageTracking(Feature).Build(this);

        await client.GetAudioAsync("Hello", null, Token);

        AssertOne("generate_content", 0.000075m); // 5 characters at 15 per million
    }

    [Fact]
    public async Task Hosted_files()
    {
        using var client = ((IHostedFileClient)new ScriptedMedia()).AsBuilder().UseUsageTracking(Feature).Build(this);

        await client.DeleteAsync("file-1", null, Token);

        AssertOne("files.delete", 0);
    }

    [Fact]
    public async Task Realtime()
    {
        // 200 text in at 4, 100 text out at 16 per million.
        var done = RealtimeWireLike.Done("""
            {"response":{"id":"resp_a","status":"completed","usage":{"total_tokens":300,"input_tokens":200,"output_tokens":100,
             "input_token_details":{"text_tokens":200,"audio_tokens":0},"output_token_details":{"text_tokens":100,"audio_tokens":0}}}}
            """, "none");
        using var client = new RealtimeLike(done).AsBuilder().UseUsageTracking(Feature).Build(this);
        await using var session = await client.CreateSessionAsync(cancellationToken: Token);

        await session.GetStreamingResponseAsync(Token).ToListAsync(Token);

        AssertOne("chat", 0.0024m);
    }

    // The tool that ImageGeneratingChatClient gives the model.
    [Fact]
    public async Task Image_that_a_chat_makes_counts_beside_its_calls()
    {
        IImageGenerator images = new ScriptedMedia { Model = "dall-e-2", OnImages = () => Task.FromResult(new ImageGenerationResponse([new DataContent(new byte[] { 1 }, "image/png")])) };
        ScriptedChatClient provider = null!;
        provider = new ScriptedChatClient
        {
            OnResponse = (options, _) =>
            {
                var answer = ScriptedChatClient.Answer(new UsageDetails { InputTokenCount = 1_000, OutputTokenCount = 10 });
                if (provider.SeenOptions.Count == 1)
                {
                    var tool = options!.Tools!.OfType<AIFunctionDeclaration>().First();
                    answer.Messages[0].Contents = [new FunctionCallContent("call-1", tool.Name, new Dictionary<string, object?> { ["prompt"] = "A cat" })];
                }

                return Task.FromResult(answer);
            },
        };
        using var client = provider.AsBuilder()
            .UseUsageTracking(Feature).UseImageGeneration(images.AsBuilder().UseUsageTracking(Feature).Build(this)).UseFunctionInvocation().UseUsageTracking(Feature).Build(this);

        await client.GetResponseAsync("Draw a cat", new ChatOptions { Tools = [new HostedImageGenerationTool()] }, Token);

        Assert.Equal(["chat", "generate_content", "chat"], _events.Select(call => call.Operation));
        Assert.Equal(0.02m, _events[1].Cost.Amount);
    }

    [Fact]
    public void Null_is_refused()
    {
        Assert.Throws<ArgumentNullException>(() => ((ChatClientBuilder)null!).UseUsageTracking());
        Assert.Throws<ArgumentNullException>(() => ((EmbeddingGeneratorBuilder<string, Embedding<float>>)null!).UseUsageTracking());
        Assert.Throws<ArgumentNullException>(() => ((ImageGeneratorBuilder)null!).UseUsageTracking());
        Assert.Throws<ArgumentNullException>(() => ((SpeechToTextClientBuilder)null!).UseUsageTracking());
        Assert.Throws<ArgumentNullException>(() => ((TextToSpeechClientBuilder)null!).UseUsageTracking());
        Assert.Throws<ArgumentNullException>(() => ((HostedFileClientBuilder)null!).UseUsageTracking());
        Assert.Throws<ArgumentNullException>(() => ((RealtimeClientBuilder)null!).UseUsageTracking());
    }

    void IUsageSink.Record(in UsageEvent usageEvent) => _events.Add(usageEvent);

    object? IServiceProvider.GetService(Type serviceType) => serviceType == typeof(UsageHub) ? _hub : serviceType == typeof(TimeProvider) ? _time : null;

    private static void Feature(UsageTrackingOptions options) => options.Attribution = () => new Attribution(Feature: "door");

    private void AssertOne(string operation, decimal cost)
    {
        var call = Assert.Single(_events);
        Assert.Equal((operation, true, cost, _time.GetUtcNow(), "door"), (call.Operation, call.HasCost, call.Cost.Amount, call.EndedAt, call.Attribution.Feature));
    }
}
