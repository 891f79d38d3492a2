#pragma warning disable MEAI001 // Reducing and failover clients are still experimental.
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Caching.Distributed;

namespace LlmTelemetry.Instrumentation.Tests.Pipelines;

internal sealed class FunctionInvokingLike(IChatClient inner) : FunctionInvokingChatClient(inner);

internal sealed class SerializingCachingLike(IChatClient inner) : DistributedCachingChatClient(inner, new DictionaryCache());

internal sealed class ReducingLike(IChatClient inner, IChatClient summarizer)
    : DelegatingChatClient(new ReducingChatClient(inner, new EarlierTalk(summarizer)));

/// <summary>Finds enough to sum up in every call.</summary>
internal sealed class EarlierTalk(IChatClient summarizer) : IChatReducer
{
    private readonly SummarizingChatReducer _reducer = new(summarizer, targetCount: 1, threshold: 0);

    public Task<IEnumerable<ChatMessage>> ReduceAsync(IEnumerable<ChatMessage> messages, CancellationToken cancellationToken) =>
        _reducer.ReduceAsync([new ChatMessage(ChatRole.User, "Hello"), new ChatMessage(ChatRole.Assistant, "Hello"), .. messages], cancellationToken);
}

/// <summary>One that keeps the very objects.</summary>
internal sealed class CachingLike(IChatClient inner) : CachingChatClient(inner)
{
    private readonly ConcurrentDictionary<string, object> _kept = [];

    protected override string GetCacheKey(IEnumerable<ChatMessage> messages, ChatOptions? options, params ReadOnlySpan<object?> additionalValues) =>
        additionalValues[0] + string.Concat(messages.SelectMany(message => message.Contents));

    protected override Task<ChatResponse?> ReadCacheAsync(string key, CancellationToken cancellationToken) =>
        Task.FromResult(_kept.GetValueOrDefault(key) as ChatResponse);

    protected override Task<IReadOnlyList<ChatResponseUpdate>?> ReadCacheStreamingAsync(string key, CancellationToken cancellationToken) =>
        Task.FromResult(_kept.GetValueOrDefault(key) as IReadOnlyList<ChatResponseUpdate>);

    protected override Task WriteCacheAsync(string key, ChatResponse value, CancellationToken cancellationToken) => Keep(key, value);

    protected override Task WriteCacheStreamingAsync(string key, IReadOnlyList<ChatResponseUpdate> value, CancellationToken cancellationToken) => Keep(key, value);

    private Task Keep(string key, object value)
    {
        _kept[key] = value;
        return Task.CompletedTask;
    }
}

internal sealed class OpenTelemetryLike(IChatClient inner, string sourceName, bool handsOut = true)
    : DelegatingChatClient(new OpenTelemetryChatClient(inner, sourceName: sourceName))
{
    private readonly IChatClient _inner = inner;

    public override object? GetService(Type serviceType, object? serviceKey = null) =>
        handsOut || serviceType != typeof(ActivitySource) ? base.GetService(serviceType, serviceKey) : _inner.GetService(serviceType, serviceKey);
}

/// <summary>Refuses answers beneath the failover client.</summary>
internal class RoutingLike(params IChatClient[] route) : IChatClient
{
    private OrderedFailoverChatClient? _client;

    public int Refused { get; init; }

    private OrderedFailoverChatClient Client => _client ??= new([.. route.Select((client, index) => new RefusingClient(client, index < Refused))]);

    public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        Client.GetResponseAsync(messages, options, cancellationToken);

    public IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        Client.GetStreamingResponseAsync(messages, options, cancellationToken);

    public virtual object? GetService(Type serviceType, object? serviceKey = null) => Client.GetService(serviceType, serviceKey);

    public void Dispose()
    {
        Client.Dispose();
        GC.SuppressFinalize(this);
    }
}

internal sealed class RetryLike(IChatClient inner) : RoutingLike(inner, inner, inner)
{
    public override object? GetService(Type serviceType, object? serviceKey = null) => inner.GetService(serviceType, serviceKey);
}

/// <summary>Throws away what it was answered.</summary>
internal sealed class RefusingClient(IChatClient inner, bool isRefusing) : DelegatingChatClient(inner)
{
    public override async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        var response = await base.GetResponseAsync(messages, options, cancellationToken);
        return isRefusing ? throw new HttpRequestException("Not good enough") : response;
    }

    public override async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var updates = await base.GetStreamingResponseAsync(messages, options, cancellationToken).ToListAsync(cancellationToken);
        foreach (var update in isRefusing ? throw new HttpRequestException("Not good enough") : updates)
        {
            yield return update;
        }
    }
}

/// <summary>A distributed cache in this process.</summary>
internal sealed class DictionaryCache : IDistributedCache
{
    private readonly ConcurrentDictionary<string, byte[]> _kept = [];

    public byte[]? Get(string key) => _kept.GetValueOrDefault(key);

    public Task<byte[]?> GetAsync(string key, CancellationToken token = default) => Task.FromResult(Get(key));

    public void Set(string key, byte[] value, DistributedCacheEntryOptions options) => _kept[key] = value;

    public Task SetAsync(string key, byte[] value, DistributedCacheEntryOptions options, CancellationToken token = default)
    {
        Set(key, value, options);
        return Task.CompletedTask;
    }

    public void Refresh(string key)
    {
    }

    public Task RefreshAsync(string key, CancellationToken token = default) => Task.CompletedTask;

    public void Remove(string key) => _kept.TryRemove(key, out _);

    public Task RemoveAsync(string key, CancellationToken token = default)
    {
        Remove(key);
        return Task.CompletedTask;
    }
}
