"""The pages of people: who they are, what they may do, and their organization."""

from django.urls import path

from accounts.web import client, expert, home, standing

app_name = "accounts"

urlpatterns = [
    path("", home.home, name="home"),
    path("profile/", expert.profile, name="profile"),
    path("credentials/", expert.credentials, name="credentials"),
    path("credentials/new/", expert.claim, name="credential_new"),
    path("credentials/<uuid:credential_id>/withdraw/", expert.withdraw, name="credential_withdraw"),
    path("qualifications/", standing.standing, name="qualifications"),
    path("notices/", expert.notices, name="notices"),
    path("client/", client.client, name="client"),
    path("client/new/", client.new, name="client_new"),
    path("client/invitations/", client.invite, name="invite"),
    path("client/invitations/<uuid:invitation_id>/accept/", client.accept, name="invite_accept"),
    path("client/invitations/<uuid:invitation_id>/decline/", client.decline, name="invite_decline"),
    path("client/invitations/<uuid:invitation_id>/cancel/", client.cancel, name="invite_cancel"),
    path("client/members/<uuid:user_id>/role/", client.change_role, name="member_role"),
    path("client/members/<uuid:user_id>/remove/", client.remove_member, name="member_remove"),
    path("client/keys/", client.keys, name="keys"),
    path("client/keys/<uuid:key_id>/revoke/", client.revoke_key, name="key_revoke"),
]
