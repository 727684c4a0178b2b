/** People in the organisation. */

import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";

import { api, unwrap } from "@/api/client";
import { keys } from "@/api/keys";
import type { Answer, Body, Item } from "@/api/types";

const MEMBERS = "/api/v1/members";
const MEMBER = "/api/v1/members/{member_id}";

export type Member = Item<typeof MEMBERS>;
export type AddedMember = Answer<typeof MEMBERS, "post">;
export type NewMember = Body<typeof MEMBERS>;

export function useMembers() {
  return useInfiniteQuery({
    queryKey: keys.members,
    queryFn: ({ pageParam }) => unwrap(api.GET(MEMBERS, { params: { query: { limit: 200, ...(pageParam ? { cursor: pageParam } : {}) } } })),
    initialPageParam: "",
    getNextPageParam: (page) => page.next ?? undefined,
  });
}

export function useAddMember() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: NewMember) => unwrap(api.POST(MEMBERS, { body })),
    onSuccess: () => void client.invalidateQueries({ queryKey: keys.members }),
    // The answer holds a password: nothing keeps it once the dialog is closed.
    gcTime: 0,
  });
}

export function useChangeRole() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, role }: { id: string; role: Member["role"] }) => unwrap(api.PATCH(MEMBER, { params: { path: { member_id: id } }, body: { role } })),
    onSuccess: () => void client.invalidateQueries({ queryKey: keys.members }),
  });
}

export function useRemoveMember() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => unwrap(api.DELETE(MEMBER, { params: { path: { member_id: id } } })),
    onSuccess: () => void client.invalidateQueries({ queryKey: keys.members }),
  });
}
